let
  file = ./fixtures/module-mixed.nix;
in
builtins.seq (import file) (throw "Module `${toString file}' has an unsupported attribute `services'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: services) into the explicit `config' attribute.")
