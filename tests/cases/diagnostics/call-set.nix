let
  lib = { id = x: x; };
in
lib 1
