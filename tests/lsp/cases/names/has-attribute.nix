let s = { a = 1; }; in s ? a
#         ^ def: a
#                          ^ use: a
