rec { f = a: g a; g = a: a; }
#     ^ def: f
#            ^ use: g
#                 ^ def: g
#         ^ def: a
#              ^ use: a
