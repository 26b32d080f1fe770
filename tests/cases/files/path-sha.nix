builtins.path { path = ./fixtures/a.txt; recursive = false; sha256 = builtins.hashFile "sha256" ./fixtures/a.txt; }
