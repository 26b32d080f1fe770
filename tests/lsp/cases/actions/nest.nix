{
  a.b = 1;
# ^ action: Nest in one set
  x = 1;
  a.c = 2;
}
