# flake-parts' shape: the outputs of a flake as a configuration, of which only the result is handed on.
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
    in
    {
      lib = rec {
        evalFlakeModule = { inputs, specialArgs ? { }, moduleLocation ? "" }: module:
          lib.evalModules {
            specialArgs = { inherit inputs moduleLocation; inherit (inputs) self; } // specialArgs;
            modules = [ module ./parts.nix ];
          };
        mkFlake = arguments: module: (evalFlakeModule arguments module).config.flake;
      };
    };
}
