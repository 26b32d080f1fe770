let old = 1; in old + old
#   ^^^ rename: new
