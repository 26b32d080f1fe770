{ lib }:
# ^^^ def: lib
let inherit (lib) id; in id 1
#            ^^^ use: lib
#                 ^^ def: id
#                        ^^ use: id
