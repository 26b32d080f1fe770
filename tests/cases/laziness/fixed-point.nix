let f = self: { a = 1; b = self.a + 1; }; s = f s; in s.b
