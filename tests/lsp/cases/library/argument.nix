{ lib }:
  lib.toU
#    ^^^^ complete: toUpper
