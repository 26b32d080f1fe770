{ a, b }: a + b * 2 == 3 && !a || b -> a
# ^ def: a
#         ^ use: a
#                            ^ use: a
#                                      ^ use: a
#    ^ def: b
#             ^ use: b
#                                 ^ use: b
