builtins.toXML [ 1 1.5 "a<b>&\"" true false null ]
