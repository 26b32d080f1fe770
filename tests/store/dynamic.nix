# Derivations that use outputs of derivations that are outputs of others.
let
  make = attributes: derivation ({ name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; } // attributes);
  hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  maker = make { name = "made.drv"; __contentAddressed = true; outputHashMode = "text"; outputHashAlgo = "sha256"; };
  fixed = make { name = "fixed.drv"; outputHash = hash; outputHashMode = "text"; };
  several = make { name = "several.x"; outputs = [ "out" "dev" ]; };
  of = builtins.outputOf;
  derivations = rec {
    one = make { name = "one"; x = of maker.outPath "out"; };
    two = make { name = "two"; x = of (of maker.outPath "out") "lib"; };
    mixed = make { name = "mixed"; x = of maker.outPath "out"; y = maker; z = of maker.outPath "dev"; w = of (of maker.outPath "dev") "out"; };
    floating = make { name = "floating"; __contentAddressed = true; x = of maker.outPath "out"; };
    impure = make { name = "impure"; __impure = true; x = of maker.outPath "out"; };
    structured = make { name = "structured"; __structuredAttrs = true; x = [ (of maker.outPath "out") ]; };
    fixed-output = make { name = "fixed-output"; outputHash = hash; x = of maker.outPath "out"; };
    of-fixed-output = make { name = "of-fixed-output"; x = fixed-output; };
    from-fixed = make { name = "from-fixed"; x = of fixed.outPath "out"; };
    from-fixed-too = make { name = "from-fixed-too"; x = of fixed.outPath "out"; y = fixed; };
    above = make { name = "above"; x = from-fixed; y = one; };
    of-several = make { name = "of-several"; x = of several.dev.outPath "out"; y = several.dev; z = several; };
    closure = make { name = "closure"; x = from-fixed.drvPath; };
  };
in
{
  inherit derivations;
  paths = builtins.mapAttrs (_: d: builtins.unsafeDiscardStringContext d.drvPath) derivations;
  contexts = [ (builtins.getContext (of several.dev.outPath "out")) (builtins.hasContext (of maker.outPath "out")) ];
}
