builtins.readDir ./no-such-folder
