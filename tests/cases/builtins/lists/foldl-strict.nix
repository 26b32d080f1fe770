builtins.foldl' (a: b: if b == 1 then throw "step" else b) 0 [ 1 2 ]
