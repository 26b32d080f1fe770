let
  a = 1;
in
  let
# ^^^ diag: L014
  b = a;
in
b
