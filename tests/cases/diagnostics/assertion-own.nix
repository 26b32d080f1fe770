let
  file = ./fixtures/assertion-own.nix;
in
builtins.seq (import file) (throw "\nFailed assertions:\n- the web server needs a privileged port")
