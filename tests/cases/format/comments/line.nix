# a
x
