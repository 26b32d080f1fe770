(f x) y (z)
