{ callPackage }:
let
  tool = callPackage ./tool.nix { withGui = true; };
#                                 ^^^^^^^ use: withGui
#                    ^^^^^^^^^^ jump: tool.nix:1
in
  tool.pname
#      ^^^^^ use: pname
