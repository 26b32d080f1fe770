import ./fixtures/option-tpye.nix
