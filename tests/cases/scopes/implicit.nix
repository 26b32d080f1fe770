let __sub = 1; in 1 - 2
