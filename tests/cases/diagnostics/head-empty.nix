let
  users = [ ];
in
builtins.head users
