let
  double = x: x * 2;
  items = [ double 3 ];
in
builtins.foldl' (a: b: a + b) 0 items
