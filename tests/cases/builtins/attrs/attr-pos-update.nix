let p = builtins.unsafeGetAttrPos "a" ({ a = 1; } // { b = 2; }); in [ p.line p.column ]
