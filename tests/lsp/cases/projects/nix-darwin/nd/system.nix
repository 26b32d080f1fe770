{ config, lib, ... }:
{
  options = {
    system.build = lib.mkOption { type = lib.types.attrsOf lib.types.raw; default = { }; internal = true; description = "What is built."; };
    system.stateVersion = lib.mkOption { type = lib.types.int; description = "The version whose defaults are kept."; };
    system.defaults.dock.autohide = lib.mkOption { type = lib.types.nullOr lib.types.bool; default = null; description = "Whether the dock hides."; };
    environment.systemPackages = lib.mkOption { type = lib.types.listOf lib.types.package; default = [ ]; description = "Packages of the system."; };
  };
  config.system.build.toplevel = derivation {
    name = "darwin-${toString config.system.stateVersion}";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = map toString config.environment.systemPackages;
  };
}
