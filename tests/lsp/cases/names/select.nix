let s = { deep.name = 1; }; in s.deep.name
#   ^ def: s
#                              ^ use: s
#         ^^^^ def: deep
#                                ^^^^ use: deep
#              ^^^^ def: name
#                                     ^^^^ use: name
