let s.a = 1; s.b = 2; in s.a + s.b
#   ^ rename: t
