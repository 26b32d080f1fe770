let
  reports = import ./fixtures/reports.nix;
  file = ./fixtures/option-unknown-older.nix;
in
builtins.seq (import file) (throw "The option `services.web.virtualHosts.www.example.org.lokations' defined in `${toString file}' does not exist.")
