builtins.toJSON ./fixtures/a.txt
