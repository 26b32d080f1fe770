let inc = n: n + 1; in inc 41
#   ^^^ def: inc
#                      ^^^ use: inc
#         ^ def: n
#            ^ use: n
