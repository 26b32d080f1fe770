let makeBigSet = 1; in mbs
#                      ^^^ complete: makeBigSet
