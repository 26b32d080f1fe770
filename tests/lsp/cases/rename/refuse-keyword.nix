let a = 1; in a
#   ^ rename!: let
#   ^ rename!: 1a
#   ^ rename!: a b
