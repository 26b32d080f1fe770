f # callee
# a
x /* between */ y # last
