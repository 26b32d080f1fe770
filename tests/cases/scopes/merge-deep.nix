let k = 1; in rec { a.b = rec { k = 2; }; a = { b = { l = k; }; m = k; }; n = a; }
