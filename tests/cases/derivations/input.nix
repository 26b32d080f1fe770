let a = derivation { name = "a"; system = "s"; builder = "b"; }; in (derivation { name = "d"; system = "s"; builder = "b"; dep = a; }).drvPath
