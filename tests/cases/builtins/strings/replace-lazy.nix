builtins.replaceStrings [ "a" "z" ] [ "b" (throw "unused") ] "aaa"
