(derivation { name = "d"; system = "s"; builder = builtins.toFile "build.sh" "echo"; }).drvPath
