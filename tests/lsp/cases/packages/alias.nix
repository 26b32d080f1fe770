{ pkgs ? import <nixpkgs> { } }:
  let p = pkgs; in p.hel
#                   ^^^^ complete: hello
