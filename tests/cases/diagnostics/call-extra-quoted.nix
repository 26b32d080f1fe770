let
  make = { name }: name;
in
make { name = "a"; "build-inputs" = [ ]; }
