{ pkgs ? import <nixpkgs> { } }:
  [ pkgs.git ]
#   ^^^^^^^^ hint: 2.39
