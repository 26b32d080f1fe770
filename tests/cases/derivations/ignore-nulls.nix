(derivation { name = "d"; system = "s"; builder = "b"; __ignoreNulls = true; a = null; b = "x"; }).drvPath
