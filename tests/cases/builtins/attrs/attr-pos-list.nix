let p = builtins.unsafeGetAttrPos "k" (builtins.listToAttrs [ { name = "k"; value = 1; } ]); in [ p.line p.column ]
