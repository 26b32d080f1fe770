{ config, lib, pkgs, ... }:
{
  fileSystems."/data".fsT
#                     ^^^ complete: fsType
}
