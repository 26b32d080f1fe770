let
  p = builtins.unsafeGetAttrPos "a";
  mapped = builtins.mapAttrs (n: v: v) { a = 1; };
  large = builtins.listToAttrs (builtins.genList (n: { name = "a${toString n}"; value = n; }) 100) // { a = 1; };
  known = position: position != null;
in
map known [
  (p mapped)
  (p (mapped // { b = 1; }))
  (p ({ b = 1; } // mapped))
  (p (mapped // { a = 1; }))
  (p ({ a = 1; } // mapped))
  (p (builtins.removeAttrs (mapped // { b = 1; }) [ "b" ]))
  (p (builtins.intersectAttrs { a = 1; } mapped))
  (p large)
  (p (builtins.mapAttrs (n: v: v) large))
  (p (large // mapped))
  (p (builtins.mapAttrs (n: v: v) large // { a = 1; }))
]
