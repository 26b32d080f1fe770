let s = let t = 1; in { u = t; }; in s.u
#                       ^ def: u
#                                      ^ use: u
