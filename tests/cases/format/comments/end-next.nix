x
# a
# b
