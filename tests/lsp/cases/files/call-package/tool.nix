{ stdenv, withGui ? false }:
#         ^^^^^^^ def: withGui
stdenv.mkDerivation { pname = "tool"; gui = withGui; }
#                     ^^^^^ def: pname
#                                           ^^^^^^^ use: withGui
