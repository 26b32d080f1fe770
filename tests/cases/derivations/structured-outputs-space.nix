(derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out dev" ]; __structuredAttrs = true; }).drvPath
