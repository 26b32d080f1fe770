  a: b: a b a
# ^ def: a
#       ^ use: a
#           ^ use: a
#    ^ def: b
#         ^ use: b
