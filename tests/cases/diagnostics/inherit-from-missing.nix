let
  lib = { optional = 1; };
  inherit (lib) optionl;
in
optionl
