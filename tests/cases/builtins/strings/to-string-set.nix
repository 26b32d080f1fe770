map toString [ { outPath = "p"; } { __toString = s: "t"; } { outPath = "p"; __toString = s: "t"; } { outPath = { outPath = "deep"; }; } ]
