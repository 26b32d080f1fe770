{ imports = [ ./site.nix ../../main.nix ]; }
