{ config, lib, pkgs, ... }:
{
  options.a = lib.mkOption { };
  config.services.nginx.enable = true;
#                       ^^^^^^ hover: web server nginx
}
