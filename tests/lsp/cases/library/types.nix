{ lib }:
  lib.types.nullO
#          ^^^^^^ complete: nullOr
