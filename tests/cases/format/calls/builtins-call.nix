builtins.toJSON(builtins.fromJSON x)
