{ config, lib, pkgs, ... }:
{
  networking.nameservers = [ "10.0.0.1" ];
#            ^^^^^^^^^^^ hover: 10.0.0.1
#            ^^^^^^^^^^^ hover: definitions.nix
}
