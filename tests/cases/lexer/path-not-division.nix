builtins.typeOf (1.0/3)
