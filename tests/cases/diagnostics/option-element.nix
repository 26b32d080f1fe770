let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-element.nix;
in
builtins.seq (import file) (reports.wrongType "networking.firewall.allowedTCPPorts.[definition 1-entry 2]" "16 bit unsigned integer" file "\"80\"")
