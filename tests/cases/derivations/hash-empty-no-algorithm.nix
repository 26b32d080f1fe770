(derivation { name = "a"; system = "s"; builder = "b"; outputHash = ""; }).drvPath
