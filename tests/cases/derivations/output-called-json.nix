(derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "__json" ]; __structuredAttrs = true; }).drvPath
