let tools = import ./tools.nix; in tools.double 2
#                                        ^^^^^^ use: double
#                  ^^^^^^^^^^^ jump: tools.nix:1
#                  ^^^^^^^^^^^ link: tools.nix
