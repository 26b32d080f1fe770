[ map builtins.length toString true __add builtins ]
# ^^^ hover: builtins.map
#              ^^^^^^ hover: builtins.length
#                     ^^^^^^^^ hover: toString
#                              ^^^^ hover: boolean
#                                   ^^^^^ hover: builtins.add
#                                         ^^^^^^^^ hover: set of all
