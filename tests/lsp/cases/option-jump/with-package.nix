{ config, lib, pkgs, ... }:
{
  environment.systemPackages = with pkgs; [ curl ];
#                                           ^^^^ jump: ../../../../corpus/nixpkgs-mini/pkgs/packages.nix:21
}
