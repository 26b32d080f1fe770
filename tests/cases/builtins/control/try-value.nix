builtins.tryEval 5
