{ lib, hostname, ... }:
{
  # all diagnostics
  options.services.site.enable = lib.mkEnableOption "the site";
  config.networking.hostName = hostname;
}
