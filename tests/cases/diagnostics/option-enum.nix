let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-enum.nix;
in
builtins.seq (import file) (reports.wrongType "services.web.level" "one of \"debug\", \"info\"" file "\"debgu\"")
