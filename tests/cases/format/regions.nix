{
  a   =   1;
  /*nixfmt:disable*/
  matrix = [ 1   0
             0   1 ];
  /*nixfmt:enable*/
  b   =   2;
  c = 3; /*nixfmt:disable*/
  d   =   4;
  text = ''
    kept ${
      /*nixfmt:disable*/
      x   y
      /*nixfmt:enable*/
    }
  '';
  /*nixfmt:disable*/
  rest   =   1;
}   
