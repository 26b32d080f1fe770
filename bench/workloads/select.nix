# Selection from sets of a few shapes in a loop.
let
  shapes = [
    { kind = 0; value = 1; }
    { value = 2; kind = 1; other = { deep.er = 3; }; }
    { a = 1; b = 2; c = 3; kind = 2; value = 5; other.deep.er = 7; }
  ];
  weigh = s: s.value + (s.other.deep.er or s.kind);
  loop = n: sum: if n == 0 then sum else loop (n - 1) (sum + builtins.foldl' (a: s: a + weigh s) 0 shapes);
  rounds = builtins.genList (_: loop 1000 0) 200;
in
builtins.foldl' (a: b: a + b) 0 rounds
