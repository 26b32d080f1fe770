builtins.fromTOML "a = 1\nҒ = 2"
