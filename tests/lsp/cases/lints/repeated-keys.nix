{
  a.b = 1;
# ^ diag: L025
  a.c = 2;
  a.d = 3;
}
