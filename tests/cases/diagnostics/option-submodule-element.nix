let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-submodule-element.nix;
in
builtins.seq (import file) (reports.wrongType "web.mounts.[definition 1-entry 2].device" "string" file "5")
