let
  file = ./fixtures/module-nested-imports.nix;
in
builtins.seq (import file) (throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: \n- In `${toString file}': [ ]")
