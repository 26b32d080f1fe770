builtins.elemAt [ 1 ] 0
#                    ^ hint: n:
