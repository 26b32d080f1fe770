let s = { a = 1; }; t = { b = 2; }; in with s; with t; a + b
#         ^ def: a
#                                                      ^ use: a
#                         ^ def: b
#                                                          ^ use: b
