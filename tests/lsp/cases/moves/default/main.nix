# ^ move web/default.nix web/server.nix
{
  imports = [ ./web ];
  data = ./web;
}
