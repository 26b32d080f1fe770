let f = x: x; in builtins.filter (_: true) [ f ] == [ f ]
