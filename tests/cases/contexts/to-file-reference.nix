builtins.toFile "m" "see ${builtins.toFile "n" "x"}"
