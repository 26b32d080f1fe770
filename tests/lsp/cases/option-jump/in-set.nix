{ config, lib, pkgs, ... }:
{
  services.nginx = { user = "a"; };
#                    ^^^^ jump: ../../../../corpus/nixpkgs-mini/nixos/modules/services/nginx.nix:132
}
