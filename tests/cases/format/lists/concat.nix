[a b] ++ [c] ++ d
