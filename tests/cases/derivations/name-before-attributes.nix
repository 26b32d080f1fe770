# The name is looked at first, and what is wrong with it cannot be caught.
builtins.tryEval (derivationStrict { name = "a b"; system = throw "s"; })
