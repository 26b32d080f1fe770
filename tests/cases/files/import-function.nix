import ./fixtures/function.nix { x = 2; }
