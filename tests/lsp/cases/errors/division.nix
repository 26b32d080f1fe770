{
 a = 1 / 0;
#        ^ diag: E037 division by zero
}
