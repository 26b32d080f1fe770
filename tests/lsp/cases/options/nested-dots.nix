{ config, lib, pkgs, ... }:
{
  services.ope
#          ^^^ complete: openssh
}
