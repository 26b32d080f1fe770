{ config, lib, pkgs, ... }:
{
  services.openssh.enable = true;
#                  ^^^^^^ jump: ../../../../corpus/nixpkgs-mini/nixos/modules/services/openssh.nix:22
}
