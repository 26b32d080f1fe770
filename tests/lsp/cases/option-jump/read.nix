{ config, lib, pkgs, ... }:
{
  networking.domain = config.services.nginx.user;
#                                           ^^^^ jump: ../../../../corpus/nixpkgs-mini/nixos/modules/services/nginx.nix:132
}
