let f = { size }: size; size = 2; in f { inherit size; }
#                       ^^^^ jump: argument-key-inherit.nix:1
#         ^^^^ def: formal
#                 ^^^^ use: formal
#                                                ^^^^ use: formal
