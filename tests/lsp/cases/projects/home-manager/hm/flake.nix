# home-manager's shape: an evaluation of its own modules that hands on options, config and the activation package.
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
      {
        inherit (evaluated) options config;
        inherit (evaluated.config.home) activationPackage;
        extendModules = evaluated.extendModules or null;
      };
  };
}
