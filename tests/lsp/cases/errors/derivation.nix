{ pkgs ? import <nixpkgs> { } }:
 pkgs.runCommand "a" { x = 1 + null; } ""
#                              ^^^^ diag: E015
