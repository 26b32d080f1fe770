{ config, lib, pkgs, ... }:
{
  options.networking.hos
#                    ^^^ complete!: hostName
  config = { };
}
