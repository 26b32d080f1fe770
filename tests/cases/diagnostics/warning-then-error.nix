builtins.warn "the first way is old" (builtins.trace "warning: so is the second" (builtins.warn "the first way is old" (1 + "2")))
