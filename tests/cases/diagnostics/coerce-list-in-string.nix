let
  flags = [ "-a" "-b" ];
in
"run ${flags}"
