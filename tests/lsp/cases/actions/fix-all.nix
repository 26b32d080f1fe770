let unused = 1; a = (2); in (a)
#   ^^^^^^ action: Apply all safe fixes
