(a: b: builtins.tryEval (a // b)) (throw "not reached") null
