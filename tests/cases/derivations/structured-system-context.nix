(derivation { name = "a"; system = "${builtins.toFile "t" "t"}"; builder = "b"; __structuredAttrs = true; }).drvPath
