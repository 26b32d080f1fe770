{ config, lib, pkgs, ... }:
{
  services.nginx = {
    enable = true;
#   ^^^^^^ hover: web server nginx
  };
}
