{
  description = "Machines, container images and a shell on nixpkgs";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.05";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      machine =
        module:
        nixpkgs.lib.nixosSystem {
          inherit system;
          modules = [
            module
            ./common.nix
          ];
        };
    in
    {
      nixosConfigurations = {
        web-01 = machine ./web-01.nix;
        db-01 = machine ./db-01.nix;
      };

      packages.${system} = import ./images.nix { inherit pkgs; };

      devShells.${system}.default = pkgs.mkShell {
        packages = [
          pkgs.jq
          pkgs.python3
          pkgs.shellcheck
        ];
        GREETING = "in the shell";
        shellHook = "echo $GREETING";
      };
    };
}
