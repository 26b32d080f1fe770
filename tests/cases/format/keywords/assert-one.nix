assert a; b
