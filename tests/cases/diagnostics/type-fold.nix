builtins.foldl' (total: item: total + item.size) 0 [ { size = 1; } { size = "2"; } ]
