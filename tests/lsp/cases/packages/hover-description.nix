{ pkgs ? import <nixpkgs> { } }:
  pkgs.hello
#      ^^^^^ hover: hello-
