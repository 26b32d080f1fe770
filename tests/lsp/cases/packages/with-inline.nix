{ }:
  with import <nixpkgs> { }; [ cu ]
#                              ^^ complete: curl
