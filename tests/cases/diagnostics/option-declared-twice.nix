let
  file = ./fixtures/option-declared-twice.nix;
in
builtins.seq (import file) (throw "The option `web.port' in `${toString file}' is already declared in `${toString file}'.")
