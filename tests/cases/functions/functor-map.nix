map { __functor = self: x: x + self.k; k = 10; } [ 1 2 ]
