let
  count = 1;
  total = 2;
in
cuont + total
