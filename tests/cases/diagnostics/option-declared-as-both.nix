let
  file = ./fixtures/option-declared-as-both.nix;
in
builtins.seq (import file) (throw "The option `web' in `${toString file}' is a prefix of options in `${toString file}'.")
