let inherit (import ./lib.nix) greet; in greet "x"
#                              ^^^^^ jump: lib.nix:2
#                                        ^^^^^ jump: lib.nix:2
#                                        ^^^^^ hover: greet = name:
