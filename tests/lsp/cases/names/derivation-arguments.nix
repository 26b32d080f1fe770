{ stdenv }: let p = stdenv.mkDerivation { pname = "p"; }; in p.pname
#                                         ^^^^^ def: pname
#                                                              ^^^^^ use: pname
