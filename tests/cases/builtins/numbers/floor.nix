map builtins.floor [ 1.8 (-1.2) 2 3.0 ]
