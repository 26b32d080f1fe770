x # a
