let f = builtins.toFile "n" "x"; in map builtins.hasContext [ (builtins.replaceStrings [ "a" ] [ f ] "a") (builtins.replaceStrings [ "b" ] [ f ] "a") ]
