[ (builtins.hasContext "a") (builtins.hasContext "${builtins.toFile "n" "x"}") ]
