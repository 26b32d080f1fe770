{
 a = 1 / 0;
#    ^^^^^ diag: E030 division by zero
}
