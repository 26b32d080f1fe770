{
  inputs.nixpkgs.url = "nixpkgs";
  inputs.home-manager.url = "home-manager";
  outputs = { self, nixpkgs, home-manager }: {
    homeConfigurations."ada@engine" = home-manager.lib.homeManagerConfiguration {
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      modules = [ ./users/ada.nix ];
      extraSpecialArgs = { fullName = "Ada Lovelace"; };
    };
  };
}
