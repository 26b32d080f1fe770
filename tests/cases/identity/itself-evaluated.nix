# Of a set or list that is compared with itself, each element is evaluated, but not what is in it.
let
  works = x: (builtins.tryEval x).success;
  set = { a = throw "x"; };
  list = [ (throw "x") ];
  package = { type = "derivation"; outPath = throw "x"; b = 1; };
  untyped = { type = throw "x"; };
  deep = { a = [ (throw "x") ]; b = { c = throw "x"; }; };
  failing = throw "x";
in
map works [
  (set == set) (list == list) (package == package) (untyped == untyped) (deep == deep) (set != set)
  ([ set ] == [ set ]) ({ a = package; } == { a = package; }) ([ failing ] == [ failing ])
  (builtins.elem failing [ failing ]) (builtins.elem set [ set ]) (builtins.elem failing [ ])
  ((x: y: x == y) package package)
]
