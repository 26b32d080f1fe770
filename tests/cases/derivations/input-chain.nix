let d = n: derivation { name = "d${toString n}"; system = "s"; builder = "b"; prev = if n == 0 then "" else d (n - 1); }; in (d 6).drvPath
