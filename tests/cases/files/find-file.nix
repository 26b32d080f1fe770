baseNameOf (builtins.findFile [ { prefix = "p"; path = ./fixtures; } ] "p/a.txt")
