let
  make = { name, version, src }: name;
in
make { name = "a"; version = "1"; }
