{ config, lib, pkgs, ... }:
{
  networking.nat.forwardPorts = [ { proto = "tpc"; sourcePort = 1; destination = "a"; } ];
#                                           ^^^^^ action: Replace with "tcp"
}
