let
  scope = with scope; { a = b; b = a; };
in
scope.a
