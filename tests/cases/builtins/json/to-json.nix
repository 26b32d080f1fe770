builtins.toJSON { b = [ 1 true null "x\n\"" ]; a = { }; c = [ ]; }
