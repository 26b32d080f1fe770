(derivation { name = "a"; system = "x"; builder = "y"; env = { A = 1; }; }).outPath
