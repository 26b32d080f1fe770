let a = 1; c = 2; in { inherit a c; }
#   ^ rename: b
