let s.a = 1; f = x: x + 1; in f s.a
