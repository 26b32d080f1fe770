{a,b}@args: a
