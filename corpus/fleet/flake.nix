{
  description = "A fleet of three machines, their packages, shells, checks and images";

  # The package set beside this folder: nothing is fetched from elsewhere.
  inputs.nixpkgs.url = "path:../nixpkgs-mini";

  outputs = { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [ "x86_64-linux" "aarch64-linux" ];
      fleet = import ./fleet.nix { inherit lib; };
      forAllSystems = f: lib.genAttrs systems (
        system: f (nixpkgs.legacyPackages.${system}.extend self.overlays.default)
      );
    in
    {
      inherit (fleet) nixosConfigurations nixosModules;
      overlays.default = fleet.overlay;

      packages = forAllSystems fleet.packages;
      devShells = forAllSystems fleet.devShells;
      checks = forAllSystems fleet.checks;
      apps = forAllSystems (pkgs: {
        default = {
          type = "app";
          program = lib.getExe pkgs.greet;
          meta.description = "Greets the fleet";
        };
      });
    };
}
