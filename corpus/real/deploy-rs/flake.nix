{
  description = "A machine that deploy-rs deploys";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.flake-utils.url = "github:numtide/flake-utils";
  inputs.deploy-rs.url = "github:serokell/deploy-rs";
  inputs.deploy-rs.inputs.nixpkgs.follows = "nixpkgs";
  inputs.deploy-rs.inputs.utils.follows = "flake-utils";

  outputs =
    {
      self,
      nixpkgs,
      deploy-rs,
      ...
    }:
    {
      nixosConfigurations.web-01 = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          {
            networking.hostName = "web-01";
            boot.loader.grub.device = "/dev/sda";
            fileSystems."/" = {
              device = "/dev/sda1";
              fsType = "ext4";
            };
            services.openssh.enable = true;
            system.stateVersion = "24.05";
          }
        ];
      };

      deploy.nodes.web-01 = {
        hostname = "web-01.example.org";
        sshUser = "deploy";
        profiles.system = {
          user = "root";
          path = deploy-rs.lib.x86_64-linux.activate.nixos self.nixosConfigurations.web-01;
        };
      };
    };
}
