{ config, lib, pkgs, ... }:
{
  services.openssh.enable = t;
#                         ^^^ complete: true
}
