{ config, lib, pkgs, ... }:
{
  options.x = lib.mkOption { };
  config = {
    networking.hos
#              ^^^ complete: hostName hosts
  };
}
