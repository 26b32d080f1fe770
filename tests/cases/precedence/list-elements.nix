builtins.length [ 1 (-2) { }.a or 3 (x: x) ]
