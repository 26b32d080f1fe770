let
  a = let inner = 1; in inner;
in
inner + a
