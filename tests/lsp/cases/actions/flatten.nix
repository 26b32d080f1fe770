{
  a = { b = 1; c.d = 2; };
# ^ action: Flatten to paths
}
