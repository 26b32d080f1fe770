# Nothing that is written is wrong: something is missing.
let
  library = import ./fixtures/library;
in
library.build {
  name = "tool";
}
