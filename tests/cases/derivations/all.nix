map (x: x.outputName) (derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; }).all
