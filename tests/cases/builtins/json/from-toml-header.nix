# No key begins in the first header.
builtins.fromTOML "a = 1\n[ = 1\n["
