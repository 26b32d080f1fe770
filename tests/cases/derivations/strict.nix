derivationStrict { name = "d"; system = "s"; builder = "b"; }
