{ pkgs ? import <nixpkgs> { } }:
  let inherit (pkgs) python3; in python3.
#                                ^^^^^^^^ complete: name
