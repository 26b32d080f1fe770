let
  file = ./fixtures/module-argument.nix;
in
builtins.seq (import file) (builtins.addErrorContext "while evaluating the module argument `inputs' in \"${toString file}\":" { lib = 1; }.inputs)
