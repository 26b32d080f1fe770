{pkgs}: with pkgs; [a b]
