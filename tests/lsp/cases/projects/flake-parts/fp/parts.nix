{ config, lib, inputs, ... }:
{
  options = {
    systems = lib.mkOption { type = lib.types.listOf lib.types.str; description = "Systems to make outputs for."; };
    perSystem = lib.mkOption {
      type = lib.types.raw // {
        merge = _: definitions: arguments: builtins.foldl' (all: one: all // one.value arguments) { } definitions;
        getSubOptions = loc: removeAttrs (lib.evalModules { prefix = loc; modules = [ ./per-system.nix ]; }).options [ "_module" ];
      };
      default = _: { };
      description = "What is made for each system.";
    };
    flake = lib.mkOption { type = lib.types.attrsOf lib.types.raw; default = { }; description = "Outputs as they are."; };
  };
  config.flake.packages = lib.genAttrs config.systems (system:
    (config.perSystem { inherit system; pkgs = inputs.nixpkgs.legacyPackages.${system}; }).packages or { });
}
