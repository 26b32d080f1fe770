{
  name = let x = "a"; x;
}
