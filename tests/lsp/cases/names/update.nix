let s = { a = 1; } // { b = 2; }; in s.a + s.b
#         ^ def: a
#                                      ^ use: a
#                       ^ def: b
#                                            ^ use: b
