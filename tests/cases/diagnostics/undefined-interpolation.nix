let
  home = "/home/a";
in
"${hom}/bin"
