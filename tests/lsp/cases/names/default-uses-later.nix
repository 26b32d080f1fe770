{ a ? b, b }: a
#     ^ use: b
#        ^ def: b
#             ^ use: a
# ^ def: a
