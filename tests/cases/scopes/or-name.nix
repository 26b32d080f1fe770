let or = f: 1; f = x: x; in f or
