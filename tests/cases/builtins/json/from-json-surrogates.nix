builtins.fromJSON ''"\ud834\udd1e"''
