let
  library = import ./fixtures/library;
in
library.filterAttrs (service: service.enable) { web.enable = true; }
