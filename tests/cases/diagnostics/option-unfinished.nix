let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-unfinished.nix;
in
builtins.seq (import file) (reports.notASet file "lambda" "services.web")
