let
  enable = 1;
in
enable && true
