scopedImport { hidden = 7; } ./fixtures/uses-hidden.nix
