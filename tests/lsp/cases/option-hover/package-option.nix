{ config, lib, pkgs, ... }:
{
  services.openssh.package = pkgs.openssh;
#                  ^^^^^^^ hover: The openssh package to use.
}
