# An overlay adds to what a library goes through, and has nothing to do with its failure.
let
  library = import ./fixtures/library;
in
library.system (packages: { tool = packages.package-1; }) [ 5 ]
