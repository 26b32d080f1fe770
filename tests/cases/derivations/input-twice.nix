let a = derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; }; in (derivation { name = "d"; system = "s"; builder = "b"; x = a.dev; y = a; }).drvPath
