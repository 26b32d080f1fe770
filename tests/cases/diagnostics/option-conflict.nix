let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-conflict.nix;
in
builtins.seq (import file) (reports.conflict "time.zone" file file)
