let # one
a=1; # two
# three
in # four
# five
a
