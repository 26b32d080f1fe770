# flake-parts' shape: the outputs of a flake as a configuration, of which only the result is handed on.
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
    in
    {
      lib.mkFlake = { inputs, specialArgs ? { } }: module:
        (lib.evalModules {
          specialArgs = { inherit inputs; inherit (inputs) self; } // specialArgs;
          modules = [ module ./parts.nix ];
        }).config.flake;
    };
}
