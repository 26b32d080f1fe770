builtins.toFile "x" 5
