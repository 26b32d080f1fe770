let a = 1; in [ a (a) [ a ] ]
#   ^ def: a
#               ^ use: a
#                  ^ use: a
#                       ^ use: a
