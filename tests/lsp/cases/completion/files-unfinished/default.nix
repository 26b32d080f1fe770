{ a = ./; }
#      ^ complete: part.nix
