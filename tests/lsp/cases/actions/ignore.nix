{
  a = let unused = 1; in 2;
#         ^^^^^^ action: Ignore L001 here
}
