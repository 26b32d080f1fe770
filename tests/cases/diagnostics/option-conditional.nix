let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-conditional.nix;
in
builtins.seq (import file) (reports.wrongType "a.b" "boolean" file "\"x\"")
