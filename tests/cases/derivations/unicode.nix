(derivation { name = "d"; system = "s"; builder = "b"; x = "ä\t☃"; }).drvPath
