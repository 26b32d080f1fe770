# Derivations whose outputs are addressed by content, built anew each time, or made from such ones.
let
  make =
    name: more:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [ "-c" "echo '\"${name}\"' > $out" ];
      }
      // more
    );
in
rec {
  floating = make "floating" {
    __contentAddressed = true;
    outputs = [ "out" "dev" ];
    args = [ "-c" "echo '\"floating\"' > $out; echo $out > $dev" ];
  };
  flat = make "flat" { __contentAddressed = true; outputHashMode = "flat"; outputHashAlgo = "sha1"; };
  dependent = make "dependent" { first = floating; second = floating.dev; };
  further = make "further" { inherit dependent; };
  structured = make "structured" { __structuredAttrs = true; __contentAddressed = true; inherit dependent; list = [ 1 "two" null ]; };
  impure = make "impure" { __impure = true; };
  from-impure = make "from-impure" { __impure = true; inherit impure floating; };
  fixed = make "fixed" {
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    inherit dependent;
  };
  from-fixed = make "from-fixed" { inherit fixed; };
  imported = import floating;
  imported-dependent = import dependent;
}
