{ config, lib, pkgs, ... }:
{
  services.nginx.enable = true;
#          ^^^^^ hover: A set of options
#          ^^^^^ hover: `virtualHosts`
}
