let
  inherit (config) port;
  config = { port = port + 1; };
in
port
