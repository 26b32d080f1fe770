{ lib }:
  lib.version
#     ^^^^^^^ hover: version = 
