let
  make = { name, version ? "0" }: "${name}-${version}";
in
make { name = "a"; vresion = "1"; }
