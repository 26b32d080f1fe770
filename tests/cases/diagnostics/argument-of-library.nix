let
  lib = import ./fixtures/argument-of-library.nix;
in
lib.join 5 [ "a" "b" ]
