let
  groesse = 1;
in
"ä" + 2
