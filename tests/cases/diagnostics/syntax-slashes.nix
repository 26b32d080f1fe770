{
  a = 1; // the number
  b = 2;
}
