# A sentence that no release says: what it names is known by its structure.
let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-type.nix;
in
builtins.seq (import file) (reports.otherWords "services.openssh.enable" file "\"yes\"")
