let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-call-in-list.nix;
in
builtins.seq (import file) (reports.wrongTypeOlder "environment.systemPackages.[definition 1-entry 2]" "package" file)
