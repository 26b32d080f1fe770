let
  join = a: b: a + b;
in
"${join "x"}"
