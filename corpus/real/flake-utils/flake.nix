{
  description = "A package and a shell for every system, by flake-utils";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.flake-utils.url = "github:numtide/flake-utils";

  outputs =
    {
      self,
      nixpkgs,
      flake-utils,
    }:
    flake-utils.lib.eachDefaultSystem (
      system:
      let
        pkgs = import nixpkgs {
          inherit system;
          overlays = [
            (final: prev: { greet = final.writeShellScriptBin "greet" "echo ${final.hello.version}"; })
          ];
        };
      in
      {
        packages.default = pkgs.greet;
        devShells.default = pkgs.mkShell { inputsFrom = [ pkgs.hello ]; };
        apps.default = flake-utils.lib.mkApp { drv = pkgs.greet; };
      }
    );
}
