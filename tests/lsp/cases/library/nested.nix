{ lib }:
  lib.strings.hasPre
#            ^^^^^^^ complete: hasPrefix
