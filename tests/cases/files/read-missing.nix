builtins.readFile ./fixtures/none
