let s = { a = 1; c = 2; }; t = { inherit (s) a c; }; in t.a + s.a
#         ^ rename: b
