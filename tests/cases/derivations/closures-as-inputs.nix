# A .drv with all that it needs, together with inputs and sources that it needs too.
let
  make = name: more: derivation ({ inherit name; system = "s"; builder = "b"; } // more);
  source = builtins.toFile "source" "text";
  a = make "a" { outputs = [ "out" "dev" ]; inherit source; };
  b = make "b" { inherit (a) dev; };
in
[
  (make "c" { deep = b.drvPath; inherit (a) out; inherit source; }).drvPath
  (make "c" { deep = [ b.drvPath a.drvPath ]; also = b; }).drvPath
  (make "c" { again = b.drvPath; x = (make "c" { deep = b.drvPath; }).drvPath; }).drvPath
]
