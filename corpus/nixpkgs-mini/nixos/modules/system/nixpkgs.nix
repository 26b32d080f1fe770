# Which package set the modules see as `pkgs`.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.nixpkgs;
in
{
  options.nixpkgs = {
    hostPlatform = mkOption {
      type = types.either types.str (types.attrsOf types.anything);
      example = "aarch64-linux";
      apply = platform: if builtins.isString platform then lib.systems.elaborate platform else platform;
      description = "The platform that the configuration runs on.";
    };
    overlays = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Overlays to apply, in this order.";
    };
    config = mkOption { type = types.attrs; default = { }; description = "Configuration of the package set."; };
    pkgs = mkOption {
      type = types.raw;
      default = import ../../../pkgs { inherit (cfg.hostPlatform) system; inherit (cfg) config; };
      defaultText = lib.literalExpression "the package set that the modules belong to";
      description = "The package set, before nixpkgs.overlays.";
    };
  };

  config._module.args.pkgs = if cfg.overlays == [ ] then cfg.pkgs else cfg.pkgs.appendOverlays cfg.overlays;
}
