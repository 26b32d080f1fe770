let inc = n: n + 1; in inc (inc 41)
#   ^^^ linked: 1:5 1:24 1:29
#         ^ linked: 1:11 1:14
