let { a = 1; body = a; }
#     ^ def: a
#                   ^ use: a
