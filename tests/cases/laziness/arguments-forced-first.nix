# Functions that evaluate an argument before anything else, and such that only seem to.
let
  fails = x: throw "not to be evaluated: ${x}";
  deep = n: if n == 0 then [ ] else [ n ] ++ deep (n - 1);
  ignore = x: 1;
  second = b: x: if b then x else 0;
  first = x: if x == null then "none" else builtins.typeOf x;
  pattern = { a, b ? fails "default" }: a;
  both = a: b: [ (a == b) (b == a) ];
  identity = x: x;
  pick = name: if name == "f" then identity else first;
  partial = second (deep 2 != [ ]);
  caught = e: (builtins.tryEval e).success;
in
{
  ignored = ignore (fails "a");
  second = second false (fails "b");
  partial = partial (deep 3);
  tried = map caught [ (first (fails "c")) (identity (deep 1)) ];
  kept = caught (first (identity (fails "d")));
  again = let x = fails "e"; in [ (caught (first x)) (caught (first x)) (caught (first (identity x))) ];
  kinds = [ (first (deep 0)) (first (pick "f")) (first (identity null)) (first (deep 4)) ];
  pattern = pattern (identity { a = 1; });
  functions = both (pick "f") identity;
  same = let f = pick "f"; in both f f;
  lists = both (deep 2) (deep 2);
  builtins = [
    (map (x: x + 1) (deep 3))
    (builtins.filter (x: x > 1) (deep 3))
    (builtins.elem 2 (deep 3))
    (builtins.attrNames (builtins.mapAttrs (n: v: fails n) (identity { z = 1; a = 2; })))
    (builtins.isAttrs (pick "g"))
    (builtins.genList (i: i * i) (builtins.head (deep 4)))
    (caught (builtins.concatLists (fails "f")))
    (caught (map (fails "g") (fails "h")))
  ];
}
