let
  hosts = { alpha = 1; beta = 2; };
  name = "alhpa";
in
hosts.${name}
