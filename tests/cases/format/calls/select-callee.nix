(f x).y z
