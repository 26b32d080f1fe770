builtins.toJSON { __toString = s: "t"; outPath = "p"; }
