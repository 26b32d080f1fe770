{ stdenv }: let p = stdenv.mkDerivation { pname = "p"; }; in p.pn
#                                                              ^^ complete: pname
