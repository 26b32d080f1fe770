{ pkgs ? import <nixpkgs> { } }:
  pkgs.lib.toU
#         ^^^^ complete: toUpper
