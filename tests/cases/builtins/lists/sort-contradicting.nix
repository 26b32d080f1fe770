# The order follows from which elements are compared.
let
  numbers = n: builtins.genList (x: builtins.bitAnd (x * 1103 + 12345) 1023) n;
  sorted = f: n: builtins.sort f (numbers n);
in
builtins.concatMap (n: [
  (sorted (a: b: builtins.bitAnd (a * 5 + b * n) 7 > 3) n)
  (sorted (a: b: true) n)
  (sorted (a: b: a <= b) n)
]) [ 3 15 16 17 24 33 64 100 ]
