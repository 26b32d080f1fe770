{
  description = "A package set and a NixOS in small, to learn from and to test with, that needs no network";

  outputs = { self }:
    let
      lib = import ./lib;
      systems = [ "x86_64-linux" "aarch64-linux" ];
      packagesFor = system: import ./pkgs { inherit system; };
    in
    {
      # The library, and the function that makes a NixOS configuration out of modules.
      lib = lib // {
        nixosSystem = import ./nixos/system.nix { inherit lib; };
      };

      legacyPackages = lib.genAttrs systems packagesFor;

      checks = lib.genAttrs systems (system: import ./tests { pkgs = packagesFor system; });
    };
}
