let
  greet = "hello";
in
greet "bob"
