rec { a.b = c; a.c = d; c = a; d = 1; }
