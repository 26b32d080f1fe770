{ config, lib, pkgs, ... }:
{
  services.openssh.enable = true;
#                  ^^^^^^ hover: *boolean*
#                  ^^^^^^ hover: Whether to enable the secure shell
}
