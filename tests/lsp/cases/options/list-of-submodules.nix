{ config, lib, pkgs, ... }:
{
  networking.nat.forwardPorts = [ { sou } ];
#                                   ^^^ complete: sourcePort
}
