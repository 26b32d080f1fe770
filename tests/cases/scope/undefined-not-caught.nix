builtins.tryEval nope
