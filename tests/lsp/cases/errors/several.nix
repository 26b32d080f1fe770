{
 a = "s".x;
#    ^^^ diag: E015
 b = 1 ++ [ 2 ];
#    ^ diag: E015
}
