let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-type-number.nix;
in
builtins.seq (import file) (reports.wrongType "services.web.\"a.example\".port" "signed integer" file "\"8080\"")
