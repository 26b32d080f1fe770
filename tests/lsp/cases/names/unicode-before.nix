let a = 1; in [ "ä𝄞" a ]
#   ^ def: a
#                    ^ use: a
