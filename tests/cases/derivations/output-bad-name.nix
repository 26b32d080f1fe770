(derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "é" ]; }).drvPath
