let f = { width, height ? 1 }: width; in f { }
#                                          ^ complete: width height inherit
