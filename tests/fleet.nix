# The paths of all derivations of corpus/fleet and of the package set in small, by name.
let
  fleet = import ../corpus/fleet { };
  pkgs = import ../corpus/nixpkgs-mini { system = "x86_64-linux"; };
  inherit (builtins) mapAttrs;
  inherit (pkgs) lib;

  paths = mapAttrs (_: derivation: derivation.drvPath);
  host = { config, ... }: {
    toplevel = config.system.build.toplevel.drvPath;
    images = paths config.system.build.images;
  };
in
{
  hosts = mapAttrs (_: host) fleet.nixosConfigurations;
  fleet = paths fleet.packages;
  devShells = paths fleet.devShells;
  checks = paths fleet.checks;
  nixpkgs = paths (lib.filterAttrs (_: lib.isDerivation) pkgs);
  nixpkgsChecks = paths (import ../corpus/nixpkgs-mini/tests { inherit pkgs; });
}
