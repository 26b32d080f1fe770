let a = 1; in { inherit a; b = a; }
#   ^ def: a
#                       ^ use: a
#                              ^ use: a
