# The list is made here and fails far away, when nothing of this file is being evaluated.
let
  library = import ./fixtures/library;
  names = [ (builtins.head [ "alice" ]) (builtins.head [ "bob" ]) ];
in
library.delayed {
  value = library.attributesOf names;
}
