{ x }: [ (let in 1) { inherit; } ({ ... }: 1) ({ ... }@y: y) ]
#         ^^^ diag: L015
#                     ^^^^^^^^ diag: L016
#                                 ^^^^^^^ diag: L017
#                                              ^^^^^^^^^ diag: L018
# ^ diag: L003
