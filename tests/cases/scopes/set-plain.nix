let a = 1; in { a = a; b = a; inherit (a) c; }
