f x ++ g y ++ lib.optionals (stdenv.isLinux && stdenv.isAarch64) [ a b c d ] ++ lib.optional x y
