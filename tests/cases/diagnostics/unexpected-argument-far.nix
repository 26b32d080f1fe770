let
  make = { name }: name;
in
make { name = "a"; license = "MIT"; }
