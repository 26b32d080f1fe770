let map = 1; in map
#               ^^^ hover: map = 1
