let f = width: height: width; in f 1 2
#                                 ^ hint: width:
#                                   ^ hint: height:
