let inherit (lib) mkIf mkOption types; inherit pkgs; in mkIf
