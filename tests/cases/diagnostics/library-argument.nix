let
  library = import ./fixtures/library;
  users = { alice = 1000; };
in
library.keep (user: user != null) users
