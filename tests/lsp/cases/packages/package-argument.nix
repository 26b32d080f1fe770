{ stdenv, curl, lib }:
#         ^^^^ hover: curl-7.88
stdenv.mkDerivation { name = "a"; buildInputs = [ curl ]; }
#                                                 ^^^^ hover: curl-7.88
