let
  file = ./fixtures/module-list.nix;
in
builtins.seq (import file) (throw "module ${toString file} (${toString file}) does not look like a module.")
