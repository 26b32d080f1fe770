{ config, lib, pkgs, ... }:
{
  services.openssh.package = ope;
#                          ^^^^^ complete: pkgs.openssh
}
