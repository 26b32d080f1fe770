rec { b = a; a = 1; d = c; c = [ ]; }
