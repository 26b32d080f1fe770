let lib = import <nixpkgs/lib>; in
  lib.toU
#    ^^^^ complete: toUpper
