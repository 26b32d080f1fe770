let
  file = ./fixtures/option-both-forced.nix;
in
builtins.seq (import file) (throw "The option `time.zone' has conflicting definition values:\n- In `${toString file}': \"A\"\n- In `${toString file}': \"B\"")
