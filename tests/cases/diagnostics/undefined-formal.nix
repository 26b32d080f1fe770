let
  make = { name, version }: "${nmae}-${version}";
in
make { name = "a"; version = "1"; }
