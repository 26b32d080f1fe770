{ pkgs ? import <nixpkgs> { } }:
  pkgs.curl
#      ^^^^ hover: Version: 7.88
