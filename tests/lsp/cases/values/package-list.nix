{ config, lib, pkgs, ... }:
{
  environment.systemPackages = [ cur ];
#                              ^^^^^ complete: pkgs.curl
}
