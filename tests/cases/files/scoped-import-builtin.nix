scopedImport { map = f: l: "mine"; true = 3; } ./fixtures/uses-map.nix
