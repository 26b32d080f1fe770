{ lib }: lib.id pkgs
#               ^^^^ action: Add 'pkgs' to the arguments
