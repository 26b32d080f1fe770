let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-not-defined.nix;
in
builtins.seq (import file) (reports.notDefined "services.web.package")
