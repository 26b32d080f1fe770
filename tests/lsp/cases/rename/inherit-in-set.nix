let a = 1; in { inherit a; x = a; }
#   ^ rename: b
