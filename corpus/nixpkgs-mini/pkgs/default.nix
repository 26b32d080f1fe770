# The package set: one function from itself to its packages, closed by a fixed point, with overlays on top.
{ system ? builtins.currentSystem
, overlays ? [ ]
, config ? { }
}:
let
  lib = import ../lib;

  # What packages are built with.
  foundations = final: {
    inherit lib system config overlays;
    path = ../.;

    callPackage = lib.callPackageWith final;
    callPackages = lib.callPackagesWith final;
    newScope = extra: lib.callPackageWith (final // extra);

    # The same set with more overlays.
    extend = overlay: import ./. { inherit system config; overlays = overlays ++ [ overlay ]; };
    appendOverlays = more: import ./. { inherit system config; overlays = overlays ++ more; };

    stdenv = import ./stdenv { inherit lib system; };
    inherit (final.stdenv) hostPlatform;
  };

  helpers = final: import ./build-support final;

  packages = final: _: import ./packages.nix final;

  layers = [ (final: _: helpers final) packages ] ++ overlays;
in
lib.fix (lib.extends (lib.composeManyExtensions layers) foundations)
