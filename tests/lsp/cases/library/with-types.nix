{ lib }:
  with lib.types; attrsO
#                 ^^^^^^ complete: attrsOf
