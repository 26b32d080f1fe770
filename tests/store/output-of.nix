# What builtins.outputOf gives is what the derivation itself says of its outputs.
let
  known = derivation { name = "known"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; };
  floating = derivation {
    name = "floating"; system = "s"; builder = "b"; __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256";
  };
  file = derivation: builtins.unsafeDiscardOutputDependency derivation.drvPath;
  user = input: (derivation { name = "user"; system = "s"; builder = "b"; inherit input; }).drvPath;
in
{
  path = builtins.outputOf (file known) "dev" == known.dev.outPath;
  context = builtins.getContext (builtins.outputOf (file known) "out") == builtins.getContext known.out.outPath;
  placeholder = builtins.outputOf (file floating) "out" == floating.outPath;
  used = user (builtins.outputOf (file floating) "out") == user floating.outPath;
}
