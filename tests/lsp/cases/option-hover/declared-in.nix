{ config, lib, pkgs, ... }:
{
  services.nginx.user = "www";
#                ^^^^ hover: services/nginx.nix
}
