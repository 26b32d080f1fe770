builtins.path { path = ./fixtures; name = "src"; filter = p: t: t == "directory" || baseNameOf p == "a.txt"; }
