{ config, lib, pkgs, ... }:
{
  networking.firewall.aTP
#                     ^^^ complete: allowedTCPPorts
}
