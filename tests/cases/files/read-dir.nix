builtins.readDir ./fixtures
