{ apple }: let f = apricot: ap; in f
#                           ^^ complete: apple apricot
