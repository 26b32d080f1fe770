let a = 1; in
 a + "x"
#    ^^^ diag: E015
