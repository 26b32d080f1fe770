let
  server = { port = 80; host = "a"; };
in
"listen ${toString server.prot}"
