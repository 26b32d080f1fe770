let
  library = import ./fixtures/library;
  fileSystems = { "/data" = "/there/is/no/disk"; };
in
library.modules.load fileSystems."/data"
