let f = x: x; in [ ([ f 1 ] < [ f 2 ]) ([ f 2 ] < [ f 1 ]) ([ f ] < [ f ]) ]
