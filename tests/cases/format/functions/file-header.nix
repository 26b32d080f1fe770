{lib,stdenv,fetchurl}:

stdenv.mkDerivation{pname="a";}
