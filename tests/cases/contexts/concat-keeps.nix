builtins.hasContext (builtins.concatStringsSep "," [ "a" (builtins.toFile "n" "x") ])
