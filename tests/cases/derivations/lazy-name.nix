(derivation { name = throw "x"; system = "s"; builder = "b"; }).type
