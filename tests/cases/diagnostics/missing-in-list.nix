let
  hosts = [ { ip = "10.0.0.1"; } ];
in
map (h: h.adress) hosts == [ 1 ]
