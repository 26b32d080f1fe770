{ config, lib, pkgs, ... }:
{
  networking.nat.forwardPorts = [ { proto = "u"; } ];
#                                           ^^ complete: udp
}
