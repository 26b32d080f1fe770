{ config, lib, pkgs, ... }:
{
  services.nginx.virtualHosts.a.forceSSL = true;
#                               ^^^^^^^^ jump: ../../../../corpus/nixpkgs-mini/nixos/modules/services/nginx.nix:38
}
