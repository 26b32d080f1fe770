let d = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "dev" "out" ]; }; in [ d.outputName d.outPath "${d}" ]
