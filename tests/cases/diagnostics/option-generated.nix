let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-generated.nix;
in
builtins.seq (import file) (reports.wrongType "users.users.alice.uid" "signed integer" file "\"1000\"")
