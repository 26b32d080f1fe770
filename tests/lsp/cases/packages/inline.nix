{ }:
  [ (import <nixpkgs> { }).hel ]
#                         ^^^^ complete: hello
