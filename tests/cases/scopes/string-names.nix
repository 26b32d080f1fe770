let "a b" = 1; inherit (x) "c d"; x = 1; in { inherit "a b" "c d"; }
