(derivation { name = "d"; system = "s"; builder = "b"; args = [ "-c" "echo \"\n\t\\" 1 true ]; }).drvPath
