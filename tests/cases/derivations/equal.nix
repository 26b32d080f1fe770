derivation { name = "d"; system = "s"; builder = "b"; } == derivation { name = "d"; system = "s"; builder = "b"; }
