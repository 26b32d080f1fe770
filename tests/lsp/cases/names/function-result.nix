let make = x: { result = x; }; in (make 1).result
#               ^^^^^^ def: result
#                                          ^^^^^^ use: result
#   ^^^^ def: make
#                                  ^^^^ use: make
