let
  check = x: if x < 0 then throw "must not be negative: ${toString x}" else x;
in
check (-1)
