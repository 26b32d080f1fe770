baseNameOf (builtins.findFile [ { prefix = ""; path = ./fixtures; } ] "value.nix")
