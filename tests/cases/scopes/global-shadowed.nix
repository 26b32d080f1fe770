let map = f: f; true = false; in [ (map true) null (x: builtins.map) (with x; toString) ]
