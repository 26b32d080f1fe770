let
  file = ./fixtures/option-read-only.nix;
in
builtins.seq (import file) (throw "The option `system.build' is read-only, but it's set multiple times.")
