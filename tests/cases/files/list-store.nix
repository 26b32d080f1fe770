builtins.readDir /nix/store
