let
  library = import ./fixtures/library;
  ports = library.option { type = library.setOf; };
in
ports
