{ config, lib, pkgs, ... }:
{
  networking.nat.forwardPorts = [ { proto = ""; } ];
#                                         ^^^ complete: tcp udp
}
