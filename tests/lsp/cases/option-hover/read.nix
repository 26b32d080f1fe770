{ config, lib, pkgs, ... }:
{
  networking.domain = config.networking.hostName;
#                                       ^^^^^^^^ hover: The name of the machine
}
