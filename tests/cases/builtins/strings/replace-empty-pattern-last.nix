builtins.replaceStrings [ "a" "" ] [ "A" "_" ] "aba"
