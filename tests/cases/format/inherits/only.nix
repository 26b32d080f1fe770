f {inherit a b;} x
