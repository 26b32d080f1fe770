{ a ? 1 }:
 a + null
#    ^^^^ diag: E015
