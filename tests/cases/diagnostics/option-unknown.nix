let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-unknown.nix;
in
builtins.seq (import file) (reports.unknown "services.opensh" file "Did you mean `services.openssh' or `services.opendkim'?")
