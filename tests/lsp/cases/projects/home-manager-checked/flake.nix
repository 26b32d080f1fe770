{
  inputs.nixpkgs.url = "nixpkgs";
  inputs.home-manager.url = "home-manager";
  outputs = { nixpkgs, home-manager, ... }:
    let
      home = module: home-manager.lib.homeManagerConfiguration {
        pkgs = nixpkgs.legacyPackages.x86_64-linux;
        modules = [ module ];
      };
    in
    {
      homeConfigurations.ada = home ./users/ada.nix;
      homeConfigurations.bob = home ./users/bob.nix;
    };
}
