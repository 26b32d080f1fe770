let f = 3; in
 f 1
#^^^ diag: E012
