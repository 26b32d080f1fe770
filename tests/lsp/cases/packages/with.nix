{ pkgs ? import <nixpkgs> { } }:
  with pkgs; [ cu ]
#              ^^ complete: curl
