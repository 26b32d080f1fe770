let d = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" "lib" ]; }; in [ d.drvPath d.out.outPath d.dev.outPath d.lib.outPath d.dev.outputName ]
