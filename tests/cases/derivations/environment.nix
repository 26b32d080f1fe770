(derivation { name = "d"; system = "s"; builder = "b"; a = 1; b = true; c = false; d = null; e = [ 1 [ 2 [ ] ] 3 ]; f = 1.5; g = "x\ny"; }).drvPath
