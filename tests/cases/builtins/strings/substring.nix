[ (builtins.substring 1 2 "abcd") (builtins.substring 2 (-1) "abcd") (builtins.substring 9 1 "abc") (builtins.substring 0 99 "abc") (builtins.substring 1 0 "abc") ]
