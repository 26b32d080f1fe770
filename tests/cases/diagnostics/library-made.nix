let
  library = import ./fixtures/library;
in
(library.write {
  name = "server.conf";
  text = { port = 80; };
}).content
