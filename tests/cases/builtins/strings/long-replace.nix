builtins.stringLength (builtins.replaceStrings [ "a" ] [ "bcd" ] (builtins.concatStringsSep "" (builtins.genList (i: "ax") 1000)))
