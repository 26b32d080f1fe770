{ pkgs ? import <nixpkgs> { } }:
  pkgs.dockerTools.bui
#                 ^^^^ complete: buildImage
