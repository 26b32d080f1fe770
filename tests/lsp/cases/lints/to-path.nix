[ (builtins.toPath "/a") ]
#  ^^^^^^^^^^^^^^^ diag: L024
