{
  a=1;
  /*nixfmt:disable*/
  b   =   2;
}
