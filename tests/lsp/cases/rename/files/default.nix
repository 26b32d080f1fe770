let tools = import ./tools.nix; in tools.double 2
#                                        ^^^^^^ rename: twice
