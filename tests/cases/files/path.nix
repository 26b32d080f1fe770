builtins.path { path = ./fixtures/a.txt; name = "renamed"; }
