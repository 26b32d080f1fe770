let a.b = 1; in [ a.b a.${a.b} (a.c or a) (a ? b) (a ? ${a}.c) or ]
