# A text that is given as `__json` is read, and written anew.
derivationStrict { name = "a"; system = "s"; builder = "b"; __json = "{ \"b\" : [ 1 , 2.0, 1e3, -0 ], \"a\": 18446744073709551615, \"a\": \"\\u00e9\" }"; }
