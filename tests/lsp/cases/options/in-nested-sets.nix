{ config, lib, pkgs, ... }:
{
  services = { nginx = { recGz } ; };
#                        ^^^^^ complete: recommendedGzipSettings
}
