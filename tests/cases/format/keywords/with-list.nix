{x=with pkgs; [a b];y=with pkgs; a;}
