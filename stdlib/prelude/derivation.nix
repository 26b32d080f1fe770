# The function `derivation`: lazy outputs around derivationStrict.
drvAttrs@{ outputs ? [ "out" ], ... }:
let
  strict = derivationStrict drvAttrs;
  # What all outputs have in common: the arguments, each output by name, and the list of all.
  common = drvAttrs // byName // { all = map (entry: entry.value) outputList; inherit drvAttrs; };
  toOutput = outputName: {
    name = outputName;
    value = common // {
      outPath = builtins.getAttr outputName strict;
      drvPath = strict.drvPath;
      type = "derivation";
      inherit outputName;
    };
  };
  outputList = map toOutput outputs;
  byName = builtins.listToAttrs outputList;
in
(builtins.head outputList).value
