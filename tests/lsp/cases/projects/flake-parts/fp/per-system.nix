{ lib, ... }:
{
  options = {
    packages = lib.mkOption { type = lib.types.attrsOf lib.types.package; default = { }; description = "Packages of the flake."; };
    devShells = lib.mkOption { type = lib.types.attrsOf lib.types.package; default = { }; description = "Shells to work in."; };
  };
}
