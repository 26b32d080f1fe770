{ config, lib, pkgs, ... }:
{
  networking.domain = n;
#                   ^^^ complete: null
}
