let f = { width, height ? 1 }: width; in f { width = 1; }
#                                                     ^ complete: height
#                                                     ^ complete!: width
