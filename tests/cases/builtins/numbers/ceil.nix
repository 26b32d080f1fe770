map builtins.ceil [ 1.2 (-1.2) 2 3.0 ]
