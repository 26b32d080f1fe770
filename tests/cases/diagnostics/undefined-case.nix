let
  serverName = "a";
in
{ name = servername; }.name
