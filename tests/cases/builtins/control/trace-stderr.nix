builtins.trace "seen" (throw "after")
