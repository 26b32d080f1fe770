{ config, lib, pkgs, ... }:
{
  services.ngnix.enable = true;
#          ^^^^^ action: Replace with 'nginx'
}
