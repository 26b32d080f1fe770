let
  file = ./fixtures/option-removed.nix;
in
builtins.seq (import file) (throw "\nFailed assertions:\n- The option definition `services.web.oldPort' in `${toString file}' no longer has any effect; please remove it.")
