let x = 1; in { a.b = rec { x = 2; y = x; }; a.c = x; }
