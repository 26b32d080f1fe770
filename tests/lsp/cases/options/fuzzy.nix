{ config, lib, pkgs, ... }:
{
  networking.fire
#            ^^^^ complete: firewall
}
