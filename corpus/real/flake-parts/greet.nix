# A module of a flake: a package, its check and a shell, for each system.
{ lib, ... }:
{
  perSystem =
    { pkgs, self', ... }:
    {
      packages.greet = pkgs.writeShellScriptBin "greet" "echo hello";
      packages.default = self'.packages.greet;
      checks.greets =
        pkgs.runCommand "greets" { }
          "test $(${lib.getExe self'.packages.greet}) = hello && touch $out";
      devShells.default = pkgs.mkShell { packages = [ self'.packages.greet ]; };
    };
}
