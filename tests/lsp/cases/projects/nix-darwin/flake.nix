{
  inputs.nixpkgs.url = "nixpkgs";
  inputs.nix-darwin.url = "nix-darwin";
  outputs = inputs@{ self, nixpkgs, nix-darwin }: {
    darwinConfigurations.engine = nix-darwin.lib.darwinSystem {
      inherit inputs;
      modules = [ ./engine.nix ];
    };
  };
}
