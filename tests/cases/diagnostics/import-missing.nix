import ./there-is-no-such-file.nix
