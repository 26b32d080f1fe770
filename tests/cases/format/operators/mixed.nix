a ++ b // c
