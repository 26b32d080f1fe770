[ (builtins.mul 3 4) (builtins.mul 0.5 4) ]
