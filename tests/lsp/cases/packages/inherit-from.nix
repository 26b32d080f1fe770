{ pkgs ? import <nixpkgs> { } }:
  { inherit (pkgs) cu; }
#                  ^^ complete: curl
