builtins.seq (throw "early") 1
