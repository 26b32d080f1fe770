rec { a = b; b = { c = a; inherit d; }; d = { a = 1; x = a; }; }
