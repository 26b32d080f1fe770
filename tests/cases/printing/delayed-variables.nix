let a = [ 1 ]; b = { x = a; }; c = 1; d = x: x; e = "t"; in assert builtins.seq a true; { inherit a b c d e; f = a; g = b; h = b.x; i = [ a ]; inherit (b) x; }
