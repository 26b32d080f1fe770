let
  lib = { strings = { toUpper = x: x; }; };
in
with lib;
strings.toUper "a"
