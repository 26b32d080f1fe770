let l = builtins.genList (i: builtins.bitXor (i * 37) 85) 60; in builtins.sort (a: b: a < b) l
