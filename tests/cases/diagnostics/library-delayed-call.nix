# The call is all that the delayed value does.
let
  library = import ./fixtures/library;
in
library.delayed {
  value = library.start { system = "x86_64-linxu"; };
}
