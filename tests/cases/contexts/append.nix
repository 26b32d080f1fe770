builtins.getContext (builtins.appendContext "a" (builtins.getContext (builtins.toFile "n" "x")))
