(derivation { name = "a"; system = "s"; builder = "b"; outputHashMode = null; }).drvPath
