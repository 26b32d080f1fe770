a:b:c: a
