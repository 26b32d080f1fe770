# The builder of every package: runs `buildCommand` if there is one, else the phases in order.
. "$stdenvFunctions"

if [ -n "${buildCommandPath-}" ]; then
  . "$buildCommandPath"
  exit 0
elif [ -n "${buildCommand-}" ]; then
  eval "$buildCommand"
  exit 0
fi

unpackPhase() {
  runHook preUnpack
  for source in ${srcs-${src:?mkDerivation needs src, or dontUnpack = true}}; do
    if [ -d "$source" ]; then
      cp -R "$source" source
      chmod -R u+w source
    else
      tar -xf "$source"
    fi
  done
  if [ -z "${sourceRoot-}" ]; then
    for folder in */; do sourceRoot=${folder%/}; done
  fi
  cd "$sourceRoot"
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  for patch in ${patches-}; do
    echo "applying patch $patch"
    patch -p1 < "$patch"
  done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  if [ -x ./configure ]; then ./configure --prefix="$out" ${configureFlags-}; fi
  runHook postConfigure
}

buildPhase() {
  runHook preBuild
  if [ -e Makefile ]; then make ${makeFlags-}; fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if [ -e Makefile ]; then make check; fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  make install PREFIX="$out" ${installFlags-}
  runHook postInstall
}

# Records what users of the package need as well.
fixupPhase() {
  runHook preFixup
  if [ -n "${propagatedBuildInputs-}" ]; then
    mkdir -p "$out/nix-support"
    echo "$propagatedBuildInputs" > "$out/nix-support/propagated-build-inputs"
  fi
  runHook postFixup
}

# runPhase NAME: the package's own commands, or else the function above.
runPhase() {
  eval "commands=\${$1-}"
  echo "phase: $1"
  if [ -n "$commands" ]; then eval "$commands"; else "$1"; fi
}

[ -n "${dontUnpack-}" ] || runPhase unpackPhase
runPhase patchPhase
[ -n "${dontConfigure-}" ] || runPhase configurePhase
[ -n "${dontBuild-}" ] || runPhase buildPhase
[ -z "${doCheck-}" ] || runPhase checkPhase
runPhase installPhase
runPhase fixupPhase
