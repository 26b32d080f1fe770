{
  d=3;

#^ type newline
  e=4;
}
