[ ./to (import ./tools.nix).do ]
#   ^^ complete=: tools.nix
#                           ^^ complete: double
