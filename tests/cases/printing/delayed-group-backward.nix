rec { a = 1; b = a; c = [ ]; d = c; e = d; f = x: x; g = f; }
