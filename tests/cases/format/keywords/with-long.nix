with import ./some/long/path.nix { inherit system config overlays; }; someFunction withSomeArguments andMore
