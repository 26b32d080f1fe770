f ''
  a
  b
'' x
