# With `.drv` it has 212 characters.
(derivation { name = builtins.concatStringsSep "" (builtins.genList (x: "a") 208); system = "s"; builder = "b"; }).drvPath
