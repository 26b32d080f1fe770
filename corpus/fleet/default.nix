# The fleet without flakes; every derivation is the one that the flake gives.
#
#   nix-build -A nixosConfigurations.web-01.config.system.build.toplevel
#   nix-build -A packages.dockerImage
{ system ? "x86_64-linux", nixpkgs ? ../nixpkgs-mini }:
let
  lib = import (nixpkgs + "/lib") // { nixosSystem = import (nixpkgs + "/nixos/system.nix") { lib = import (nixpkgs + "/lib"); }; };
  pkgs = import nixpkgs { inherit system; overlays = [ fleet.overlay ]; };
  fleet = import ./fleet.nix { inherit lib; };
in
{
  inherit (fleet) nixosConfigurations nixosModules overlay;
  packages = fleet.packages pkgs;
  devShells = fleet.devShells pkgs;
  checks = fleet.checks pkgs;
}
