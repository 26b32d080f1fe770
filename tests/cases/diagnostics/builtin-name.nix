let
  hosts = { alpha = 1; beta = 2; };
in
builtins.getAttr "alhpa" hosts
