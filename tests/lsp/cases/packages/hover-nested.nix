{ pkgs ? import <nixpkgs> { } }:
  pkgs.dockerTools.buildImage
#                  ^^^^^^^^^^ hover: buildImage
