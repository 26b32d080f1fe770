{
 a = [ 1 (2 + null) ];
#             ^^^^ diag: E015
}
