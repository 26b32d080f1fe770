{ pkgs ? import <nixpkgs> { } }:
 [ pkgs.curll ]
#       ^^^^^ diag: E011 curll
