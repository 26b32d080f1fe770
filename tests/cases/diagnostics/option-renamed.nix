# The module system names the option as it is called now; the definition has the older name.
let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-renamed.nix;
in
builtins.seq (import file) (reports.wrongType "fonts.packages" "package" file "\"terminus\"")
