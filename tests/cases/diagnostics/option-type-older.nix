let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-type-older.nix;
in
builtins.seq (import file) (reports.wrongTypeOlder "networking.firewall.allowedTCPPorts" "list of 16 bit unsigned integers" file)
