builtins.hasContext (builtins.unsafeDiscardStringContext (builtins.toFile "n" "x"))
