let
  packages = "vim";
in
[ "git" ] ++ packages
