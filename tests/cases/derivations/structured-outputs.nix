# Names of outputs are not split, and an empty one is a name.
derivationStrict { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "" ]; __structuredAttrs = true; }
