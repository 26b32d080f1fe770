builtins.hasContext (builtins.replaceStrings [ "x" ] [ "y" ] (builtins.toFile "n" "x"))
