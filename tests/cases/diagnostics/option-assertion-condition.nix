# The message names no option: the condition of the library's assertion does.
let
  library = import ./fixtures/library;
  reports = import ./fixtures/reports.nix;
  configuration = import ./fixtures/option-assertion-condition.nix;
  failed = builtins.filter (a: !a.assertion) (library.modules.assertionsOf configuration);
in
reports.assertions (map (a: a.message) failed)
