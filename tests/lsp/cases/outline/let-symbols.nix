let outer = let inner = 1; in inner; in outer
#   ^^^^^ symbol: property outer
#               ^^^^^ symbol: number inner
