{
  a=1;
  /*nixfmt:disable*/
  b   =   2;
  /*nixfmt:enable*/
  c=3;
}
