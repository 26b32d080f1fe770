let
  library = import ./fixtures/library;
in
library.pathOf {
  name = "work";
  inputs = library.package;
}
