let f = x: x; s = { f = f; }; in [ s.f ] == [ s.f ]
