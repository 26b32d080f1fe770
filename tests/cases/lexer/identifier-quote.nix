let a' = 1; b-c = 2; d_' = 3; in [ a' b-c d_' ]
