let f = builtins.toFile "n" "x"; in builtins.getContext "${f}${f}"
