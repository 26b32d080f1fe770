# The variables of outputs stand among the others by their names, and replace those that have the same.
let
  make = more: (derivation ({ name = "n"; system = "s"; builder = "b"; } // more)).drvPath;
  fixed = { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; };
in
[
  (make { outputs = [ "a" "out" "zz" "dev" ]; b = 1; out = "given"; zz = "given"; })
  (make { outputs = [ "Z" "z" ]; __structuredAttrs = true; x = { y = [ 1 2.5 "\n" null ]; }; })
  (make { __structuredAttrs = true; })
  (make (fixed // { out = "given"; zzz = 1; }))
  (make (fixed // { __structuredAttrs = true; }))
]
