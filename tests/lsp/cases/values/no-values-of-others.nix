{ config, lib, pkgs, ... }:
{
  networking.hostName = t;
#                     ^^^ complete!: null
}
