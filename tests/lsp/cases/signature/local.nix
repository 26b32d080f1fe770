let f = a: { b, c ? 1 }: a; in f 1 { }
#                                ^ signature: f a { b, c ? 1 } @0
#                                  ^ signature: f a { b, c ? 1 } @1
