builtins.hasContext (baseNameOf (builtins.toFile "n" "x"))
