import ./fixtures/none.nix
