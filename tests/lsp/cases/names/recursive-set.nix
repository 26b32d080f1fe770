rec { one = 1; two = one + one; }
#     ^^^ def: one
#                    ^^^ use: one
#                          ^^^ use: one
