let
  user = { name = "alice"; };
in
"hello ${user}"
