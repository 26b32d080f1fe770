let f = x: x; in builtins.tail [ 1 f ] == [ f ]
