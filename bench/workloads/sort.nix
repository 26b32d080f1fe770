# Sorting by a comparison in Nix: 100,000 numbers in a scattered order.
let
  inherit (builtins) elemAt genList length sort;
  next = n: let m = n * 1103515245 + 12345; in m - m / 2147483648 * 2147483648;
  numbers = genList (i: next (next (i * 7919 + 1))) 100000;
  sorted = sort (a: b: a < b) numbers;
in
[ (length sorted) (elemAt sorted 0) (elemAt sorted 50000) (elemAt sorted 99999) ]
