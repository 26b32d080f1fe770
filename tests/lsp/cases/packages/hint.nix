{ pkgs ? import <nixpkgs> { } }:
  with pkgs; [ curl ]
#              ^^^^ hint: 7.88
