{ pkgs ? import <nixpkgs> { } }:
  pkgs.git
#      ^^^ hover: Version: 2.39
