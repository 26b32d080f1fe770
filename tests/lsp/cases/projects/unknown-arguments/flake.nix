{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }: { nixosModules.web = ./web.nix; };
}
