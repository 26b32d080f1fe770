builtins.attrNames (derivation { name = "d"; system = "s"; builder = "b"; foo = 1; })
