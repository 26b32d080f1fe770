builtins.path { path = ./fixtures/a.txt; sha256 = builtins.hashString "sha256" "no"; }
