{ config, lib, pkgs, ... }:
{
  services.openssh = {
    enable = true;
    en
#   ^^ complete!: enable
  };
}
