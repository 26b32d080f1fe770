  (import ./f.nix { width = 2; }).area
#                   ^^^^^ use: width
#                                 ^^^^ use: area
