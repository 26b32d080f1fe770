let src = { a = 1; }; in rec { inherit (src) a; b = a; }
#                                            ^ jump: recursive-inherit.nix:1
#   ^^^ def: src
#                                       ^^^ use: src
