let
  value = import ./fixtures/option-not-defined.nix;
in
value { }
