let
  library = import ./fixtures/library;
in
library.shell {
  name = "work";
  packages = library.package;
}
