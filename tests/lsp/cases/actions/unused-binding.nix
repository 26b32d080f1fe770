let a = 1; b = 2; in b
#   ^ action: Remove the binding
