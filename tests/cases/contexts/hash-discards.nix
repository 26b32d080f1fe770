builtins.hasContext (builtins.hashString "md5" (builtins.toFile "n" "x"))
