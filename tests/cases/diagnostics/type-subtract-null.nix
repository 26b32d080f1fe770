let
  count = null;
in
count - 1
