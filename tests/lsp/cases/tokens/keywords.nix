{ c }: if c then rec { inherit (c) a; } else assert c; with c; c.x or 1
#      ^^ token: keyword
#           ^^^^ token: keyword
#                ^^^ token: keyword
#                      ^^^^^^^ token: keyword
#                                  ^ token: property.definition
#                                            ^^^^^^ token: keyword
#                                                      ^^^^ token: keyword
#                                                                  ^^ token: keyword
