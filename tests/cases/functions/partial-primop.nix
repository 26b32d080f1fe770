let f = builtins.add 1; in [ (f 2) (f 3) ]
