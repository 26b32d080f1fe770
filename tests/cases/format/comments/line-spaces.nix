#a
#  b
#
##c
x
