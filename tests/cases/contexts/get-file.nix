builtins.getContext (builtins.toFile "n" "x")
