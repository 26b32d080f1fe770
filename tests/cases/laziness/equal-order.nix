[ ({ b = 1; a = throw "a"; } == { b = 2; a = 1; }) ({ b = builtins.trace "b" 1; a = builtins.trace "a" 1; } == { a = 1; b = 1; }) ]
