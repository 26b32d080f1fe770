let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-inherit.nix;
in
builtins.seq (import file) (reports.wrongType "networking.hostName" "string" file "1")
