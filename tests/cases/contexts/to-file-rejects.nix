builtins.toFile "n" "${derivation { name = "d"; system = "s"; builder = "b"; }}"
