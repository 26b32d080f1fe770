(derivation { name = "d"; system = "s"; builder = "b"; x = 1; }).drvAttrs
