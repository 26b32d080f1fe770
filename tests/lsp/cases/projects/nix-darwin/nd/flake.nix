# nix-darwin's shape: darwinSystem gives what the module system gives, and the system beside it.
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }: {
    lib.darwinSystem = { modules, specialArgs ? { }, inputs ? { } }:
      let
        evaluated = nixpkgs.lib.evalModules {
          modules = modules ++ [ ./system.nix { _module.args.pkgs = nixpkgs.legacyPackages.x86_64-linux; } ];
          specialArgs = { modulesPath = toString ./.; inherit inputs; } // specialArgs;
        };
      in
      evaluated // { system = evaluated.config.system.build.toplevel; };
  };
}
