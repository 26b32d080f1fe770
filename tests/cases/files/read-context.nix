builtins.hasContext (builtins.readFile ./fixtures/a.txt)
