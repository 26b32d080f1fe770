let p = builtins.unsafeGetAttrPos "a" (builtins.mapAttrs (n: v: v) { a = 1; }); in [ p.line p.column ]
