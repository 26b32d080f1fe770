[ "a\n${x}" ./p <q> 1.5 http://a.b true ] # end
# ^ token: string
#  ^ token: string
#   ^^ token: escapeSequence
#     ^^ token: operator
#       ^ token: variable.unresolved
#           ^^^ token: path
#               ^^^ token: path
#                   ^^^ token: number
#                       ^^^^^^^^^^ token: string.deprecated
#                                  ^^^^ token: constant.defaultLibrary
#                                         ^^^^^ token: comment
