[ (builtins.all (x: x > 0) [ 1 2 ]) (builtins.all (x: false) [ ]) ]
