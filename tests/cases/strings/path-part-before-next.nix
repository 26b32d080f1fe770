builtins.tryEval ./a${null}${throw "not reached"}
