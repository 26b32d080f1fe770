{ config, lib, pkgs, ... }:
{
  networking.hostName = "a";
#            ^^^^^^^^ hover: networking.hostName
}
