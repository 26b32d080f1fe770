{ pkgs ? import <nixpkgs> { } }:
  pkgs.nothingOfThatName
#      ^^^^^^^^^^^^^^^^^ hover: cannot be evaluated
