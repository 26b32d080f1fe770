builtins.replaceStrings [ "\n" ] [ "\\n" ] "a\nb\n"
