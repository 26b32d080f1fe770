# The package set without flakes:  import ./nixpkgs-mini { system = "x86_64-linux"; overlays = [ … ]; }
import ./pkgs
