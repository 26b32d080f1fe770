{ double = x: x + x; } # shown beside
#                        ^^^^^ complete=:
