let
  servers = [ { host = "a"; } ];
in
servers.host
