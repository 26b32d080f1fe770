let f = a: b: a; in { x = f 1 ; }
#                            ^ signature: f a b @1
