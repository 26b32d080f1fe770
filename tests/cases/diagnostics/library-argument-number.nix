let
  library = import ./fixtures/library;
in
library.join "users" [ "alice" "bob" ]
