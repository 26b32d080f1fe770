# stdenv: mkDerivation, and what it knows of the platform.
#
# Builders run with /bin/sh and the programs of the machine (coreutils, sed, tar, gzip, python3): nothing is bootstrapped.
{ lib, system }:
let
  hostPlatform = lib.systems.elaborate system;

  # Attributes that are for readers of the set only, and do not reach the builder.
  notForBuilder = [ "meta" "passthru" ];

  # Makes a package of attributes, or of a function from the final attributes to them:
  #   name, or pname and version
  #   src | srcs                 a folder or a tar archive
  #   nativeBuildInputs, buildInputs, propagatedBuildInputs
  #   XPhase, preX, postX        for X of unpack, patch, configure, build, check, install, fixup
  #   dontX, doCheck             which phases run
  #   outputs                    default [ "out" ]
  #   passthru, meta             attributes of the result only
  # Everything else becomes an environment variable of the builder.
  mkDerivation = attributes: make (if lib.isFunction attributes then attributes else _: attributes);

  make = f:
    let
      attributes = f (attributes // { finalPackage = package; });
      name =
        attributes.name or "${attributes.pname or (throw "mkDerivation: a package needs `name', or `pname' and `version'")}-${attributes.version}";
      meta = { inherit name; outputsToInstall = [ (lib.head outputs) ]; } // attributes.meta or { };
      outputs = attributes.outputs or [ "out" ];
      checked =
        lib.throwIf
          (meta ? platforms && !lib.elem system meta.platforms)
          "The package `${name}' is not available on `${system}'";
      basic = derivation (
        removeAttrs attributes notForBuilder
        // {
          inherit name system;
          builder = attributes.builder or "/bin/sh";
          args = attributes.args or [ "-e" ./builder.sh ];
          stdenvFunctions = ./functions.sh;
        }
      );
      package = checked basic // attributes.passthru or { } // {
        inherit meta;
        passthru = attributes.passthru or { };
        # Changes the attributes: a set, previous: set, or final: previous: set.
        overrideAttrs = change: make (
          final:
          let
            previous = f final;
            once = if lib.isFunction change then change previous else change;
          in
          previous // (if lib.isFunction once then change final previous else once)
        );
      };
    in
    package;
in
{
  inherit mkDerivation hostPlatform system;
  buildPlatform = hostPlatform;
  targetPlatform = hostPlatform;
  shell = "/bin/sh";
  isLinux = hostPlatform.isLinux;
}
