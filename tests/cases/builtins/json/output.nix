{ a = 1; b = [ "x" null true ]; c.d = "é"; }
