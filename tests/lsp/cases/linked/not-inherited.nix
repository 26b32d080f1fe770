let inc = n: n + 1; in { inherit inc; two = inc 1; }
#   ^^^ linked:
#                                           ^^^ linked:
