{ stdenv, cur }:
#         ^^^ complete: curl
stdenv
