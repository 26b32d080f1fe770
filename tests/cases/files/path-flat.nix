builtins.path { path = ./fixtures/a.txt; recursive = false; }
