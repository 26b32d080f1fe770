let
  pkgs = { system }: { hello = 1; };
in
pkgs.hello
