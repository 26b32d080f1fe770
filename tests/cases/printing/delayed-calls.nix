[ (map (x: x + 1) [ 1 2 ]) ] ++ map (x: [ x ]) [ 1 2 ] ++ builtins.attrValues { a = 1; b = [ 1 ]; }
