let a.b = 1; a.c = a; d = a.b; in a.c + d
