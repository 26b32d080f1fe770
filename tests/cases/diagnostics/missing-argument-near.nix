let
  make = { name, version }: "${name}-${version}";
in
make { name = "a"; verison = "1"; }
