let s = { apple = 1; pear = 2; }; in { inherit (s) apple p; }
#                                                        ^ complete=: pear
