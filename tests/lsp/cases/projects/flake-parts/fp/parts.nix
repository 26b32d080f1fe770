{ config, lib, inputs, ... }:
{
  options = {
    systems = lib.mkOption { type = lib.types.listOf lib.types.str; description = "Systems to make outputs for."; };
    perSystem = lib.mkOption { type = lib.types.raw; default = { }; description = "What is made for each system."; };
    flake = lib.mkOption { type = lib.types.attrsOf lib.types.raw; default = { }; description = "Outputs as they are."; };
  };
  config.flake.packages = lib.genAttrs config.systems (system:
    (config.perSystem { inherit system; pkgs = inputs.nixpkgs.legacyPackages.${system}; }).packages or { });
}
