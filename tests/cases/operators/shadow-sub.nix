let __sub = a: b: "sub"; in 1 - 2
