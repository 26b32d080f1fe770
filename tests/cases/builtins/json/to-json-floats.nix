builtins.toJSON [ 1.0 0.1 1.5 100000.0 1.0e15 1.0e16 1.5e300 ]
