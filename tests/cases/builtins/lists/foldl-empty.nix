builtins.foldl' (a: b: throw "x") 7 [ ]
