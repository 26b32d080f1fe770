{ config, lib, pkgs, ... }:
{
  services.nginx.enable = "true";
#                         ^^^^^^ action: Replace with true
}
