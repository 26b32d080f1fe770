let hidden = 1; in import ./fixtures/uses-hidden.nix
