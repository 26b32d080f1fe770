let s = { a = 5; }; inherit (s) a; in a
#                                     ^ hover: a = 5
#                               ^ hover: a = 5
