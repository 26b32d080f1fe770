let
  users = { alice = 1000; };
in
builtins.length users + 1
