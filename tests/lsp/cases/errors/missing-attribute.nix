let a = { hello = 1; }; in
 a.helo
#  ^^^^ diag: E011 helo
