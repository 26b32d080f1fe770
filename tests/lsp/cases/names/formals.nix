{ a, b ? a }@args: [ a b args ]
# ^ def: a
#        ^ use: a
#                    ^ use: a
#    ^ def: b
#                      ^ use: b
#            ^^^^ def: args
#                        ^^^^ use: args
