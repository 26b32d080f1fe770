# mkIf makes a set for the module system to look at later, not a list.
let
  library = import ./fixtures/library;
in
library.modules.all {
  imports = library.mkIf true [ ./fixtures/module-list.nix ];
}
