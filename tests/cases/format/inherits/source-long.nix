{inherit (import ./some/path/to/a/file.nix { inherit pkgs lib config; }) first second third;}
