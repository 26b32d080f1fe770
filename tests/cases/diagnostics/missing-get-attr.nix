let
  users = { alice = 1; };
in
builtins.getAttr "bob" users
