{ a = f (x.y + 1); }
#        ^ select: x | x.y | x.y + 1 | (x.y + 1) | f (x.y + 1) | a = f (x.y + 1); | { a = f (x.y + 1); }
