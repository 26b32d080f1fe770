let f = x: x; in with { g = f; }; [ g ] == [ g ]
