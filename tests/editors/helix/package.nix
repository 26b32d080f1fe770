# A package, its tests and its module.
{ lib, stdenv, fetchurl, withDocs ? true, ... }@args:

let
  version = "1.2.${toString 3}";
  inherit (lib) optional;
  twice = f: x: f (f x);
in
assert version != null;
stdenv.mkDerivation rec {
  pname = "hello";
  inherit version;
  src = fetchurl {
    url = "https://example.org/${pname}\n.tar.gz";
    sha256 = lib.fakeSha256 or null;
  };
  buildInputs = [ ./local.nix <nixpkgs> ] ++ optional withDocs args.docs;
  installPhase = ''
    mkdir -p $out
    cp ''${src} ${src}/share
  '';
  /* bash */
  passthru.config = if version ? a.b then { a = -1 + 2.5; } else with lib; builtins.match "a+" "b";
  tests = map (x: !x && true) [ ];
  script = writeShellScript "run" ''
    exec ${args.program}
  '';
  check = # python
    ''
      print(1)
    '';
}
