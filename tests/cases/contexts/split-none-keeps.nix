builtins.hasContext (builtins.head (builtins.split "ZZ" (builtins.toFile "n" "x")))
