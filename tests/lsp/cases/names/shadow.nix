let
  x = 1;
# ^ def: outer
  f = x: x;
#     ^ def: inner
#        ^ use: inner
in
  x + f x
# ^ use: outer
#       ^ use: outer
