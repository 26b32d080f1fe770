let
  library = import ./fixtures/library;
in
library.fetch {
  name = "archive";
  url = [ ];
}
