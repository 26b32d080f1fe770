let d = derivation { name = "d"; system = "s"; builder = "b"; tool = { outPath = "/plain"; }; }; in d.drvPath
