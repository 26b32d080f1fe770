{
 a = {
  b = 1 + null;
#         ^^^^ diag: E015
 };
}
