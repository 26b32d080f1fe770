{ b = builtins.trace "b" 1; a = throw "a"; }
