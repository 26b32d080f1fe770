builtins.fromTOML "a.b.c = 1\n\"x y\" = 2\n"
