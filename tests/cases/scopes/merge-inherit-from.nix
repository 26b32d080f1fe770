let s = 1; in { a = rec { s = 2; }; a = { inherit (s) t; u = t; }; }
