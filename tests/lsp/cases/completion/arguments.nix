let f = { width, height ? 1 }: width; in f { wid = 1; }
#                                            ^^^ complete: width
