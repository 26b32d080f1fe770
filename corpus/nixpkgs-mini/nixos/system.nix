# nixosSystem: from modules to a configuration.
#
#   nixosSystem { system = "x86_64-linux"; modules = [ ./web-01.nix ]; }
#
# `system` may be left out where a module sets nixpkgs.hostPlatform; `specialArgs` are further arguments of modules.
# The result has `config`, `options`, `pkgs` and `extendModules`.
{ lib }:
{ modules, system ? null, pkgs ? null, specialArgs ? { }, baseModules ? import ./modules/module-list.nix }:
let
  evaluated = lib.evalModules {
    specialArgs = { modulesPath = toString ./modules; inherit baseModules; } // specialArgs;
    modulesPath = toString ./modules;
    class = "nixos";
    modules = baseModules ++ [ given ] ++ modules;
  };
  given = {
    _file = "nixosSystem";
    nixpkgs = lib.mkMerge [
      (lib.mkIf (system != null) { hostPlatform = lib.mkDefault system; })
      (lib.mkIf (pkgs != null) { inherit pkgs; })
    ];
  };
in
evaluated // { inherit (evaluated._module.args) pkgs; inherit lib; }
