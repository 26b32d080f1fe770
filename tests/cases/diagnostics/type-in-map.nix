builtins.elemAt (map (x: x + 1) [ 1 2 "three" ]) 2
