builtins.hasContext (builtins.substring 0 0 (builtins.toFile "n" "x"))
