(derivation { name = "a b"; system = "x"; builder = "y"; }).outPath
