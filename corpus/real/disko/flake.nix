{
  description = "A machine whose disk is partitioned by disko";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.disko.url = "github:nix-community/disko";
  inputs.disko.inputs.nixpkgs.follows = "nixpkgs";

  outputs =
    { nixpkgs, disko, ... }:
    {
      nixosConfigurations.store-01 = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          disko.nixosModules.disko
          ./disk.nix
          {
            networking.hostName = "store-01";
            boot.loader.systemd-boot.enable = true;
            system.stateVersion = "24.05";
          }
        ];
      };
    };
}
