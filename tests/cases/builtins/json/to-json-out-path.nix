builtins.toJSON { outPath = "p"; x = 1; }
