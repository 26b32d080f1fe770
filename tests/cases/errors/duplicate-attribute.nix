{ a.b = 1; c = 2; a = 3; a.b.c = 4; inherit c; }
