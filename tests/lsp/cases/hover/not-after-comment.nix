{
  a = 1; # about a

  # apart

  b = 2;
# ^ hover: b = 2
}
