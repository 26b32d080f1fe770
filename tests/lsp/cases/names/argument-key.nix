let f = { size, ... }: size; in f { size = 1; }
#         ^^^^ def: size
#                      ^^^^ use: size
#                                   ^^^^ use: size
