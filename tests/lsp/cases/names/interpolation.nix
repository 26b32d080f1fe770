let name = "x"; in "a ${name} b ${toString name}"
#   ^^^^ def: name
#                       ^^^^ use: name
#                                          ^^^^ use: name
