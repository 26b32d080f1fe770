{ pkgs }:
  [ pkgs.hel ]
#       ^^^^ complete: hello
