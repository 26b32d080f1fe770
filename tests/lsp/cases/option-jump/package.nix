{ config, lib, pkgs, ... }:
{
  environment.systemPackages = [ pkgs.curl ];
#                                     ^^^^ jump: ../../../../corpus/nixpkgs-mini/pkgs/packages.nix:21
}
