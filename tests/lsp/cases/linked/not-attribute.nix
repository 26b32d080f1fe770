rec { inc = n: n + 1; two = inc 1; }
#     ^^^ linked:
