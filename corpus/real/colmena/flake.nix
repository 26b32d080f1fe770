{
  description = "Two machines that colmena deploys";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.flake-utils.url = "github:numtide/flake-utils";
  inputs.colmena.url = "github:zhaofengli/colmena";
  inputs.colmena.inputs.nixpkgs.follows = "nixpkgs";
  inputs.colmena.inputs.stable.follows = "nixpkgs";
  inputs.colmena.inputs.flake-utils.follows = "flake-utils";

  outputs =
    { nixpkgs, colmena, ... }:
    {
      colmenaHive = colmena.lib.makeHive {
        meta.nixpkgs = nixpkgs.legacyPackages.x86_64-linux;
        defaults = {
          boot.loader.grub.device = "/dev/sda";
          fileSystems."/" = {
            device = "/dev/sda1";
            fsType = "ext4";
          };
          services.openssh.enable = true;
          system.stateVersion = "24.05";
        };
        web-01 = {
          deployment.tags = [ "web" ];
          services.nginx.enable = true;
        };
        db-01 =
          { name, ... }:
          {
            deployment.targetHost = "${name}.example.org";
            services.postgresql.enable = true;
          };
      };
    };
}
