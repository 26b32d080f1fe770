{ lib }:
  lib.mkEnableOption
#     ^^^^^^^^^^^^^^ hover: mkEnableOption
