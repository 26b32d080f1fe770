let a = 1 + 1; in [ a a a ]
