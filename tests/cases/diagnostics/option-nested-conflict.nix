let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-nested-conflict.nix;
in
builtins.seq (import file) (reports.conflict "services.web.port" file file)
