{
  description = "Images of one machine in several formats, by nixos-generators";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.nixos-generators.url = "github:nix-community/nixos-generators";
  inputs.nixos-generators.inputs.nixpkgs.follows = "nixpkgs";
  inputs.nixos-generators.inputs.nixlib.follows = "nixpkgs";

  outputs =
    { nixpkgs, nixos-generators, ... }:
    {
      packages.x86_64-linux = nixpkgs.lib.genAttrs [ "qcow" "raw" "vmware" "iso" "docker" ] (
        format:
        nixos-generators.nixosGenerate {
          inherit format;
          system = "x86_64-linux";
          modules = [
            {
              networking.hostName = "image";
              services.openssh.enable = true;
              system.stateVersion = "24.05";
            }
          ];
        }
      );
    };
}
