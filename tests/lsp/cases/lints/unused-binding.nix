let
  a = 1;
# ^ diag: L001 binding 'a' is not used
  b = 2;
  _c = 3;
in
b
