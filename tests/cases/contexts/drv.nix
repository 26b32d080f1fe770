let d = derivation { name = "d"; system = "s"; builder = "b"; }; in builtins.getContext "${d}${d.drvPath}"
