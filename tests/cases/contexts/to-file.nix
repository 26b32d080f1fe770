builtins.toFile "n" "some text\n"
