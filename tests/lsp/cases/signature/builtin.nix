  builtins.foldl' (a: b: a) 0 [ ]
#                           ^ signature: foldl' op nul list @1
