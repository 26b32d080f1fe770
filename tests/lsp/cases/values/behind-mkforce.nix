{ config, lib, pkgs, ... }:
{
  services.openssh.enable = lib.mkForce f;
#                               ^^^^^^^^^ complete: false
}
