{ config, lib, pkgs, ... }:
{
  services.nginx.enabel = true;
#                ^^^^^^ action: Replace with 'enable'
}
