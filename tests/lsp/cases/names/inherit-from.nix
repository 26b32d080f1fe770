let s = { a = 1; }; t = { inherit (s) a; }; in t
#   ^ def: s
#                                  ^ use: s
#         ^ def: a
#                                     ^ use: a
