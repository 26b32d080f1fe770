{ c }: (if c then { a = 1; } else { b = 1; }).b
#                                   ^ def: b
#                                             ^ use: b
