{ config, lib, pkgs, ... }:
{
  options.home = {
    username = lib.mkOption { type = lib.types.str; description = "The user's login name."; };
    packages = lib.mkOption { type = lib.types.listOf lib.types.package; default = [ ]; description = "Packages of the user."; };
    stateVersion = lib.mkOption { type = lib.types.enum [ "24.05" "25.05" ]; description = "The release whose defaults are kept."; };
    activationPackage = lib.mkOption { type = lib.types.package; internal = true; description = "What activates the home."; };
  };
  config.home.activationPackage = derivation {
    name = "home-${config.home.username}";
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = map toString config.home.packages;
  };
}
