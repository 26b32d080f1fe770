builtins.hasContext (builtins.toJSON { a = builtins.toFile "n" "x"; })
