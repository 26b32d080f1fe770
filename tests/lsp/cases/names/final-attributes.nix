{ stdenv }: stdenv.mkDerivation (final: { pname = "p"; name = "${final.pname}-1"; })
#                                         ^^^^^ def: pname
#                                                                      ^^^^^ use: pname
#                                ^^^^^ def: final
#                                                                ^^^^^ use: final
