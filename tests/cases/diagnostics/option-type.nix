let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-type.nix;
in
builtins.seq (import file) (reports.wrongType "services.openssh.enable" "boolean" file "\"yes\"")
