if # one
a # two
then # three
b
# four
else # five
c
