{ lib }: let inc = n: n + 1; x = 1; in inc x ++ lib.y ++ map
# ^^^ token: parameter.definition
#        ^^^ token: keyword
#            ^^^ token: function.definition
#                  ^ token: parameter.definition
#                     ^ token: parameter
#                       ^ token: operator
#                         ^ token: number
#                            ^ token: property.definition
#                                      ^^^ token: function
#                                          ^ token: variable
#                                               ^^^ token: parameter
#                                                   ^ token: property
#                                                        ^^^ token: function.defaultLibrary
