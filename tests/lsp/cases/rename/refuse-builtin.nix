let a = 1; in map a toString
#             ^^^ rename!: each
#   ^ rename!: map
