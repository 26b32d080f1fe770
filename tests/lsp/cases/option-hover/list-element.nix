{ config, lib, pkgs, ... }:
{
  networking.nat.forwardPorts = [ { proto = "tcp"; } ];
#                                   ^^^^^ hover: "tcp"
}
