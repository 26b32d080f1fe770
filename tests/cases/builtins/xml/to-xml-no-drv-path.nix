[ (builtins.toXML { type = "derivation"; outPath = "a"; }) (builtins.toXML { type = "derivation"; drvPath = 1; }) ]
