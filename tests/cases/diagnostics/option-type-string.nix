let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-type-string.nix;
in
builtins.seq (import file) (reports.wrongType "networking.hostName" "string" file "5")
