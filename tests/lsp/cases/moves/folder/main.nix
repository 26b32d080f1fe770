# ^ move services/web servers/web
{
  imports = [ ./services/web ./services/web/site.nix ./services ];
}
