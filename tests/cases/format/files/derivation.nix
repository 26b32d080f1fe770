{ stdenv, fetchurl, lib
, openssl ? null
, withX ? true, libX11 }:

assert withX -> libX11 != null;

stdenv.mkDerivation rec {
  pname = "thing"; version = "1.0";
  src = fetchurl { url = "mirror://thing/${pname}-${version}.tar.gz"; sha256 = "0000"; };
  buildInputs = [ openssl ] ++ lib.optional withX libX11;
  # how it is built
  configureFlags = [ "--prefix=$out" (if withX then "--with-x" else "--without-x") "--enable-${pname}" ];
  postInstall = ''
      mkdir -p $out/bin
      cp ${./wrapper.sh} $out/bin/thing
    '' + lib.optionalString withX ''
      echo x
    '';
  meta = with lib; { description = "A thing"; license = licenses.mit; platforms = platforms.all; };
}
