{ a = 1; b = [ "x" 2.5 null ]; c = x: x; }
