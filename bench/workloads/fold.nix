# A strict fold over a long list, and a curried function of two arguments.
builtins.foldl' (sum: n: sum + n * n - n / 3) 0 (builtins.genList (n: n) 2000000)
