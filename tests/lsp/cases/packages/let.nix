let pkgs = import <nixpkgs> { }; in
  [ pkgs.hel ]
#       ^^^^ complete: hello
