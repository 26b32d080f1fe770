[ 1 ] ++ [ 1 2 ] ++ [] ++ [
] ++ [ [ 1 2 ] [ ] (f x) a.b.c {x = 1;} ] ++ map f [ 1 2 3 ] ++ g [ a b ] [ c d ] ++ h [ a b c d e f g ] x ++
[ # first
  a # beside a

  # before b
  b
  /* between */ c
] ++ [
  # nothing but a comment
] ++ [ (a: b: c) "text" ''lines
of text'' x or y ]
