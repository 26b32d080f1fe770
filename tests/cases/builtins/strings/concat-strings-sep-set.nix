builtins.concatStringsSep "-" [ { outPath = "p"; } "q" ]
