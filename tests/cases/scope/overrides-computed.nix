let s = { x = 1; }; n = 3; in rec { __overrides = { a = 2; c = 5; }; a = s.x; b = a; c = n + 1; d = c; }
