let
  one = x: x;
# ^^^ called: two three
  two = x: one (one x);
# ^^^ calls: one
  three = x: two (one x);
# ^^^^^ calls: one two
in
three
