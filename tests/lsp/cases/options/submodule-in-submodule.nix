{ config, lib, pkgs, ... }:
{
  services.nginx.virtualHosts.a.locations."/".pro
#                                             ^^^ complete: proxyPass proxyWebsockets
}
