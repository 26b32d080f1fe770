let s = { apple = 1; pear = 2; }; in s.
#                                     ^ complete=: apple pear
