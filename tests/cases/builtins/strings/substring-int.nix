builtins.substring 0 2 12345
