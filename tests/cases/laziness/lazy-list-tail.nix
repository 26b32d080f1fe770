let l = [ 1 ] ++ map (x: x + 1) l0; l0 = [ 1 2 ]; in l
