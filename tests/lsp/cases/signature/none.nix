let x = 1; in x
#             ^ hover: x = 1
