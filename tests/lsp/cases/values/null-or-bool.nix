{ config, lib, pkgs, ... }:
{
  networking.interfaces.a.useDHCP = ;
#                                 ^^ complete: null true false
}
