{
  port = 80;
  host = "a";
  port = 81;
}
