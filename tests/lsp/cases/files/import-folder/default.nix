  (import ./part).value
#         ^^^^^^ link: part/default.nix
#                 ^^^^^ use: value
