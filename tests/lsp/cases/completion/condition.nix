{ ready }: if rea then 1 else 2
#             ^^^ complete: ready
