let
  library = import ./fixtures/library;
in
(library.evaluate ./fixtures/library-option.nix).kernel
