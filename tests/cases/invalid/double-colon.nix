x: : x
