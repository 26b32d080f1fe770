{ x }:
let
  inherit (x) a b;
#             ^ diag: L001
in
b
