builtins.fromJSON ''{"a": [1, 2.5, true, null, "x\u00e4\n"], "b": {}}''
