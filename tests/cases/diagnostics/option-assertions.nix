let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-assertions.nix;
in
builtins.seq (import file) (reports.assertions [ "services.web.tls needs a certificate" "something else is wrong" ])
