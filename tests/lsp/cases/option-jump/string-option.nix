{ config, lib, pkgs, ... }:
{
  networking.hostName = "a";
#            ^^^^^^^^ jump: ../../../../corpus/nixpkgs-mini/nixos/modules/system/networking.nix:41
}
