with import ./lib.nix; twice 2
#                      ^^^^^ use: twice
