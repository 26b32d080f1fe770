{ config, lib, pkgs, ... }:
{
  services.openssh.enable = lib.mkDefault t;
#                               ^^^^^^^^^^^ complete: true
}
