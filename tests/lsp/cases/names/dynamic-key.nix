let key = "x"; in { ${key} = 1; }
#   ^^^ def: key
#                     ^^^ use: key
