{
  d = {

#^ type! newline
  };
}
