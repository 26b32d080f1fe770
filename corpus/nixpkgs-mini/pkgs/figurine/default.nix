# A package with sources, two outputs and the phases of a small build system.
{ lib, stdenv }:
stdenv.mkDerivation {
  pname = "figurine";
  version = "0.3.1";

  src = ./src;
  outputs = [ "out" "doc" ];

  postPatch = ''
    substituteInPlace figurine.sh --replace @version@ "$version"
  '';

  installPhase = ''
    runHook preInstall
    install -D -m 755 figurine.sh "$out/bin/figurine"
    install -D -m 644 README "$doc/share/doc/figurine/README"
    runHook postInstall
  '';

  meta = {
    description = "Puts a frame around a text";
    license = lib.licenses.mit;
    mainProgram = "figurine";
  };
}
