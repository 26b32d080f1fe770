let
  down = n: 1 + down (n + 1);
in
down 0
