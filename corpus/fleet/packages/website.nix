# The pages that web-01 serves.
{ stdenv, domain ? "fleet.example" }:
stdenv.mkDerivation {
  pname = "website";
  version = "1.4";
  src = ./site;

  inherit domain;
  postPatch = ''
    substituteInPlace index.html --replace @domain@ "$domain"
  '';
  installPhase = ''
    mkdir "$out"
    cp index.html style.css "$out/"
  '';

  meta.description = "Pages of ${domain}";
}
