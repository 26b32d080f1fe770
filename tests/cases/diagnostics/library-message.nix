let
  library = import ./fixtures/library;
in
library.start {
  system = "x86_64-linxu";
  args = [ "--verbose" ];
}
