a # one
+ # two
b /* three */ ++ c
# four
// d
