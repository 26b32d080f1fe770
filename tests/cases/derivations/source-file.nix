(derivation { name = "d"; system = "s"; builder = "b"; src = ./fixtures/a.txt; }).drvPath
