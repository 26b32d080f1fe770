{ config, lib, pkgs, ... }:
{
  networking.domain = lib.showOption [ ];
#                         ^^^^^^^^^^ jump: ../../../../corpus/nixpkgs-mini/lib/options.nix:39
}
