let d = derivation { name = "d"; system = "s"; builder = "b"; __structuredAttrs = true; a = [ 1 "x" null ]; b.c = true; outputs = [ "out" "dev" ]; args = [ "z" ]; }; in [ d.drvPath d.dev.outPath ]
