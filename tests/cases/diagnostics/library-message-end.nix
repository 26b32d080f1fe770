let
  library = import ./fixtures/library;
in
library.oneOf "mode" "fats" [ "fast" "slow" ]
