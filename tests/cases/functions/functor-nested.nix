let s = { __functor = self: { __functor = s2: x: x * 2; }; }; in s 4
