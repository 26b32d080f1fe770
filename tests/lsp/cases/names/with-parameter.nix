  x: with x; y x
# ^ def: x
#         ^ use: x
#              ^ use: x
