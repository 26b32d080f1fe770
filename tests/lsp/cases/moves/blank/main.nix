# ^ move web.nix web%20server.nix
{
  imports = [ ./web.nix ];
}
