{ }: pkgs
#    ^^^^ action: Add 'pkgs' to the arguments
