# home-manager's shape, which looks at the configuration before it hands it on.
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }: {
    lib.homeManagerConfiguration = { pkgs, modules ? [ ], extraSpecialArgs ? { } }:
      let
        evaluated = nixpkgs.lib.evalModules {
          modules = modules ++ [ ./home.nix ./programs/git.nix { _module.args.pkgs = pkgs; } ];
          specialArgs = { modulesPath = toString ./.; } // extraSpecialArgs;
        };
      in
      builtins.seq evaluated.config.home.stateVersion {
        inherit (evaluated) options config;
        inherit (evaluated.config.home) activationPackage;
        extendModules = evaluated.extendModules or null;
      };
  };
}
