let d = "x"; in ./a/${d}/b
#   ^ def: d
#                     ^ use: d
