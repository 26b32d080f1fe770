let f = x: null; in builtins.tryEval (f 1 + f (throw "not reached") + throw "not reached")
