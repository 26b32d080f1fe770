let
  debug = true;
in
"debug=${debug}"
