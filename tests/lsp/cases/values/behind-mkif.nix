{ config, lib, pkgs, ... }:
{
  services.openssh.enable = lib.mkIf config.x t;
#                                    ^^^^^^^^^^ complete: true
}
