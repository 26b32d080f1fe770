let
  file = ./fixtures/option-condition.nix;
in
builtins.seq (import file) (builtins.addErrorContext "while evaluating the option `services.web.port':" (builtins.addErrorContext "while evaluating definitions from `${toString file}':" (throw "‘mkIf’ called with a non-Boolean condition")))
