{ pkgs ? import <nixpkgs> { } }:
  (pkgs.extend (f: p: { })).hel
#                          ^^^^ complete: hello
