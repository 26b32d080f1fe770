let a = true; in assert a; a
#   ^ def: a
#                       ^ use: a
#                          ^ use: a
