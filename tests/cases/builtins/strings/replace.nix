builtins.replaceStrings [ "a" "b" ] [ "b" "a" ] "abcab"
