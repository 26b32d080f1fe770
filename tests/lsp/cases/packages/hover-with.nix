{ pkgs ? import <nixpkgs> { } }:
  with pkgs; [ curl ]
#              ^^^^ hover: curl-7.88
