let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-variable.nix;
in
builtins.seq (import file) (reports.wrongType "web.port" "16 bit unsigned integer; between 0 and 65535 (both inclusive)" file "\"8080\"")
