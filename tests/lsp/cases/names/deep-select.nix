let s = { a.b.c = 1; a.d = 2; }; in s.a.b.c + s.a.d
#           ^ def: b
#                                       ^ use: b
#             ^ def: c
#                                         ^ use: c
#                      ^ def: d
#                                                 ^ use: d
