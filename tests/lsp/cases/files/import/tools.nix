{
  double = x: x + x;
# ^^^^^^ def: double
}
