let a = 1; b = a + c; c = 2; in a + b + d
