# A package in its usual form: a function from what it needs to a derivation. Change its greeting with
# `hello.override { greeting = "Hi"; }`, its build with `hello.overrideAttrs (previous: { … })`.
{ lib, stdenv, greeting ? "Hello, world!" }:
stdenv.mkDerivation (finalAttrs: {
  pname = "hello";
  version = "2.12";

  dontUnpack = true;

  buildPhase = ''
    runHook preBuild
    {
      echo '#!/bin/sh'
      printf 'echo %s\n' ${lib.escapeShellArg (lib.escapeShellArg greeting)}
    } > hello
    runHook postBuild
  '';

  doCheck = true;
  checkPhase = ''
    test "$(sh ./hello)" = ${lib.escapeShellArg greeting}
  '';

  installPhase = ''
    runHook preInstall
    install -D -m 755 hello "$out/bin/hello"
    runHook postInstall
  '';

  passthru.tests.version = finalAttrs.finalPackage.version;

  meta = {
    description = "Program that greets";
    license = lib.licenses.mit;
    mainProgram = "hello";
    platforms = lib.platforms.linux;
  };
})
