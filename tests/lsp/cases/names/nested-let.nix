let a = 1; in let b = a; in b
#   ^ def: a
#                     ^ use: a
#                 ^ def: b
#                           ^ use: b
