let
  s.a = 1;
# ^ def: s
#   ^ def: a
  s.b = 2;
# ^ use: s
#   ^ def: b
in
[
  s.a
# ^ use: s
#   ^ use: a
  s.b
# ^ use: s
#   ^ use: b
]
# the second `s` binds the same attribute
