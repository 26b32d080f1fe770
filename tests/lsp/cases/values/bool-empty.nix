{ config, lib, pkgs, ... }:
{
  services.openssh.enable = ;
#                         ^^ complete: true false
}
