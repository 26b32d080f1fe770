[ (builtins.sub 1 2) (builtins.sub 1.5 1) ]
