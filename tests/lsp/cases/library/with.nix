{ lib }:
  with lib; hasPre
#           ^^^^^^ complete: hasPrefix
