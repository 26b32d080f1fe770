if True then 1 else 2
