let s = { apple = 1; deep.er = 2; }; in [ s.a s.deep.e ]
#                                           ^ complete=: apple
#                                                    ^ complete=: er
