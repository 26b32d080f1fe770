let f = { a }: a; in
 f { a = 1; c = 2; }
#           ^ diag: E014 c
