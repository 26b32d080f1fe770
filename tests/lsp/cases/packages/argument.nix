{ pkgs ? import <nixpkgs> { } }:
  [ pkgs.cu ]
#       ^^^ complete: curl
