# The mode is looked at before `system` is evaluated, and what is wrong with it cannot be caught.
builtins.tryEval (derivationStrict { name = "a"; outputHashMode = "other"; system = throw "s"; })
