(builtins.tryEval <surely-not-there>).success
