builtins.tryEval "${1}${throw "not reached"}"
