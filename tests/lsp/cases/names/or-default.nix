let s = { }; d = 1; in s.x or d
#            ^ def: d
#                             ^ use: d
